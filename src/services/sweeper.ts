import type { Engine } from "../engine/engine.js";

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

/**
 * Requeues expired jobs, pass after pass. Any number of sweepers may run on one Redis, because each step is atomic:
 * they only share the work. A pass that fails, as when Redis is away, is logged once an outage and tried again.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #stopped = true;
  #failing = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#schedule(this.#options.intervalMs);
  }

  /** Resolves when the step that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /** One pass: ends when every type had a step that left nothing to do. Returns what was done, in jobs. */
  async runOnce(): Promise<{ requeued: number; dead: number; dropped: number }> {
    const total = { requeued: 0, dead: 0, dropped: 0 };
    for (const queueType of await this.#options.engine.queueTypes()) {
      for (let complete = false; !complete; ) {
        const step = await this.#options.engine.sweep(queueType);
        total.requeued += step.requeued;
        total.dead += step.dead;
        total.dropped += step.dropped;
        complete = step.complete || (this.#stopped && this.#timer !== undefined);
      }
    }
    return total;
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
    if (!this.#stopped) this.#schedule(Math.max(0, this.#options.intervalMs - (performance.now() - startedAt)));
  }
}
