import { list, type Reply } from "./replies.js";
import type { ScriptRunner } from "./script-runner.js";

/** Virtual time for tests, in microseconds; `undefined` leaves the time to Redis's clock. */
export type VirtualClock = (() => number) | undefined;

/** What holds for jobs that say nothing else, where their type says nothing either. */
export interface JobPresets {
  /** Length of a lease, ms. */
  leaseMs: number;
  /** Requeues of a job; -1 = without limit. */
  requeueLimit: number;
  /** How long a dead letter is kept, ms. */
  deadLetterRetentionMs: number;
}

/** What the bindings of scripts have in common: how they are called, and what the time is. */
export class ScriptCalls {
  protected readonly presets: JobPresets;
  readonly #runner: ScriptRunner;
  readonly #clock: VirtualClock;

  constructor(runner: ScriptRunner, clock: VirtualClock, presets: JobPresets) {
    this.presets = presets;
    this.#runner = runner;
    this.#clock = clock;
  }

  /** The first argument of a script that asks for the time: "" for Redis's clock. */
  protected now(): string {
    return this.#clock ? String(this.#clock()) : "";
  }

  protected run(name: string, tag: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#runner.run(name, tag, args);
  }

  protected async list(name: string, tag: string, args: readonly (string | number)[]): Promise<Reply> {
    return list(await this.run(name, tag, args));
  }
}
