import type { Engine } from "../engine/engine.js";
import { SharqError } from "../engine/errors.js";

/** What the sweeper needs to tell. */
export interface SweeperLog {
  error(details: object, message: string): void;
  info(details: object, message: string): void;
}

export interface SweeperOptions {
  engine: Pick<Engine, "queueTypes" | "sweep">;
  /** From the start of one pass to the start of the next, ms. */
  intervalMs: number;
  log: SweeperLog;
}

/** What a pass did, in jobs. */
interface Swept {
  requeued: number;
  dead: number;
  cancelled: number;
  dropped: number;
}

/**
 * Requeues expired jobs, pass after pass. Any number of sweepers may run on one Redis, because each step is atomic:
 * they only share the work. A pass that fails, as when Redis is away, is logged once an outage and tried again.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #stopping = false;
  #failing = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopping = false;
    this.#schedule(this.#options.intervalMs);
  }

  /** Resolves when the step that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /**
   * One pass: ends when every type had a step that left nothing to do, or when stop() was called. Returns what was done,
   * in jobs. A type that fails does not keep the others from being swept; its error is thrown at the end.
   */
  async runOnce(): Promise<Swept> {
    const total = { requeued: 0, dead: 0, cancelled: 0, dropped: 0 };
    const failures: unknown[] = [];
    for (const queueType of await this.#options.engine.queueTypes()) {
      if (this.#stopping) break;
      try {
        await this.#sweepType(queueType, total);
      } catch (error) {
        // Without Redis the other types would fail as well, each after a time-out.
        if (error instanceof SharqError) throw error;
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return total;
  }

  async #sweepType(queueType: string, total: Swept): Promise<void> {
    for (let complete = false; !complete && !this.#stopping; ) {
      const step = await this.#options.engine.sweep(queueType);
      total.requeued += step.requeued;
      total.dead += step.dead;
      total.cancelled += step.cancelled;
      total.dropped += step.dropped;
      complete = step.complete;
    }
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#pass = this.#timedPass();
    }, delayMs);
  }

  async #timedPass(): Promise<void> {
    const startedAt = performance.now();
    try {
      await this.runOnce();
      if (this.#failing) this.#options.log.info({}, "sweeping again");
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.log.error({ err: error }, "a sweep failed; trying again at each interval");
      this.#failing = true;
    }
    if (!this.#stopping) this.#schedule(Math.max(0, this.#options.intervalMs - (performance.now() - startedAt)));
  }
}
