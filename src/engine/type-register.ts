import { performance } from "node:perf_hooks";
import type { VirtualClock } from "./scripts/script-calls.js";
import type { Scripts } from "./scripts/scripts.js";

/** A process registers a type again after this long, and nobody forgets a type registered within the grace. */
const REGISTER_AGAIN_MS = 10_000;
const FORGET_GRACE_MS = 60_000;
const MOST_REMEMBERED = 10_000;
const STEP = 500;

export interface TypeRegisterOptions {
  /** Hash tag of the installation. */
  tag: string;
  clock: VirtualClock;
  /** In how many partitions a type is to be spread when it comes into use. */
  partitions(queueType: string): number;
  /** Told when a type in use has another number of partitions than it is to have. */
  onOtherPartitions(queueType: string, inUse: number, wanted: number): void;
}

interface Known {
  partitions: number;
  /** -Infinity for a type that this process has only looked up. */
  registeredAtMs: number;
  lookedUpAtMs: number;
}

/**
 * The queue types of an installation. A type's keys live on slots of their own and the register on another, so the
 * two can't change in one atomic step: a type is registered before its first enqueue, and forgotten by a sweep that
 * found it out of use, but never within a minute of its registration.
 *
 * The register also holds the number of a type's partitions, and that number counts for as long as the type is in use,
 * whatever a server is configured to: so all servers look for a job where it was put. It can't change under a process
 * that enqueues, which registers the type again long before the grace is over.
 */
export class TypeRegister {
  readonly #scripts: Scripts;
  readonly #options: TypeRegisterOptions;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();
  readonly #registering = new Map<string, Promise<number>>();

  constructor(scripts: Scripts, options: TypeRegisterOptions) {
    this.#scripts = scripts;
    this.#options = options;
    const { clock } = options;
    this.#nowMs = clock ? () => clock() / 1000 : () => performance.now();
  }

  /** The number of partitions of a type that was registered lately; `undefined` when it must be registered first. */
  registered(queueType: string): number | undefined {
    const known = this.#known.get(queueType);
    return known && this.#nowMs() - known.registeredAtMs < REGISTER_AGAIN_MS ? known.partitions : undefined;
  }

  /**
   * Registers the type whatever this process remembers, and returns the number of its partitions. Needed at the first
   * enqueue of a minute as well: a Redis that lost its last writes in a crash, or was flushed, has lost the counters of
   * the minute if it has lost the registration, which was written before them.
   */
  register(queueType: string): Promise<number> {
    const underWay = this.#registering.get(queueType);
    if (underWay) return underWay;
    const registering = this.#register(queueType).finally(() => this.#registering.delete(queueType));
    this.#registering.set(queueType, registering);
    return registering;
  }

  /** The number of partitions of a type, for who does not enqueue; `undefined` when it must be looked up first. */
  lookedUp(queueType: string): number | undefined {
    const known = this.#known.get(queueType);
    return known && this.#nowMs() - known.lookedUpAtMs < REGISTER_AGAIN_MS ? known.partitions : undefined;
  }

  /** Asks Redis for the number of partitions; for a type that nobody uses it is the one it is to have. */
  async lookUp(queueType: string): Promise<number> {
    const found = await this.#scripts.partitions(this.#options.tag, queueType);
    const partitions = found ?? this.#options.partitions(queueType);
    this.#remember(queueType, partitions, this.#known.get(queueType)?.registeredAtMs ?? Number.NEGATIVE_INFINITY);
    return partitions;
  }

  async forget(queueType: string): Promise<void> {
    await this.#scripts.forgetType(this.#options.tag, queueType, FORGET_GRACE_MS);
  }

  /** All registered types, sorted. */
  async list(): Promise<string[]> {
    const found = new Set<string>();
    let cursor = "0";
    do {
      const step = await this.#scripts.types(this.#options.tag, cursor, STEP);
      for (const queueType of step.types) found.add(queueType);
      cursor = step.cursor;
    } while (cursor !== "0");
    return [...found].sort();
  }

  async #register(queueType: string): Promise<number> {
    const { tag } = this.#options;
    const askedAtMs = this.#nowMs();
    const partitions = await this.#scripts.registerType(tag, queueType, this.#options.partitions(queueType));
    this.#remember(queueType, partitions, askedAtMs);
    return partitions;
  }

  #remember(queueType: string, partitions: number, registeredAtMs: number): void {
    const wanted = this.#options.partitions(queueType);
    if (partitions !== wanted && this.#known.get(queueType)?.partitions !== partitions) {
      this.#options.onOtherPartitions(queueType, partitions, wanted);
    }
    // Clients choose the names; forgetting them all costs no more than asking for them again.
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    this.#known.set(queueType, { partitions, registeredAtMs, lookedUpAtMs: this.#nowMs() });
  }
}
