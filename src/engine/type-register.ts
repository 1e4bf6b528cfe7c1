import { performance } from "node:perf_hooks";
import type { Scripts, VirtualClock } from "./scripts.js";

/** A process registers a type again after this long, and nobody forgets a type registered within the grace. */
const REGISTER_AGAIN_MS = 10_000;
const FORGET_GRACE_MS = 60_000;
const MOST_REMEMBERED = 10_000;
const STEP = 500;

/**
 * The queue types of an installation. A type's keys live on a slot of their own and the register on another, so the
 * two can't change in one atomic step: a type is registered before its first enqueue, and forgotten by a sweep that
 * found it out of use, but never within a minute of its registration.
 */
export class TypeRegister {
  readonly #scripts: Scripts;
  readonly #tag: string;
  readonly #nowMs: () => number;
  readonly #registeredAtMs = new Map<string, number>();

  constructor(scripts: Scripts, tag: string, clock: VirtualClock) {
    this.#scripts = scripts;
    this.#tag = tag;
    this.#nowMs = clock ? () => clock() / 1000 : () => performance.now();
  }

  /** Makes sure that the type is registered; nearly always without asking Redis. */
  async note(queueType: string): Promise<void> {
    const registered = this.#registeredAtMs.get(queueType);
    if (registered !== undefined && this.#nowMs() - registered < REGISTER_AGAIN_MS) return;
    await this.renew(queueType);
  }

  /**
   * Registers the type whatever this process remembers. Needed at the first enqueue of a minute: a Redis that lost its
   * last writes in a crash, or was flushed, has lost the counters of the minute if it has lost the registration, which
   * was written before them.
   */
  async renew(queueType: string): Promise<void> {
    await this.#scripts.registerType(this.#tag, queueType);
    // Clients choose the names; forgetting them all costs no more than registering them again.
    if (this.#registeredAtMs.size >= MOST_REMEMBERED) this.#registeredAtMs.clear();
    this.#registeredAtMs.set(queueType, this.#nowMs());
  }

  async forget(queueType: string): Promise<void> {
    await this.#scripts.forgetType(this.#tag, queueType, FORGET_GRACE_MS);
  }

  /** All registered types, sorted. */
  async list(): Promise<string[]> {
    const found = new Set<string>();
    let cursor = "0";
    do {
      const step = await this.#scripts.types(this.#tag, cursor, STEP);
      for (const queueType of step.types) found.add(queueType);
      cursor = step.cursor;
    } while (cursor !== "0");
    return [...found].sort();
  }
}
