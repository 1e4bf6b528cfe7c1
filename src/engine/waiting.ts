import { setImmediate as soon } from "node:timers";
import { CALL_LIMIT, earliest, takeFrom } from "./partitioned-dequeue.js";
import type { Scripts } from "./scripts.js";
import type { Dequeued, Dispatch, LeaseRef } from "./types.js";

/** How the engine hears that a queue has become ready; Redis's publish and subscribe. */
export interface WakeChannel {
  readonly name: string;
  /** `onMessage` gets the hash tag of a partition; `onConnect` is called whenever messages may have been missed. */
  subscribe(listener: { onMessage(message: string): void; onConnect(): void }): void;
}

export interface WaitingOptions {
  scripts: Scripts;
  leaseMs: number;
  wake: WakeChannel;
  /** The tags of a type's partitions, as they are now. */
  tags(queueType: string): Promise<readonly string[]>;
  /** The tag on which a queue lives. */
  tagOf(queueType: string, queueId: string): Promise<string>;
  /** Told when jobs that nobody took could not be given back; their leases end by themselves. */
  onLost(error: unknown): void;
}

/** What a waiting request asks for. */
export interface WaitDemand {
  queueType: string;
  count: number;
  queueId?: string | undefined;
  waitMs: number;
  /** Notes what is to be called when the one who waits goes away; it may also be called later than that. */
  whenGone?: ((listener: () => void) => void) | undefined;
}

/** A queue is dispatched so long before its time, us, and its job kept until then: timers are too coarse for less. */
const AHEAD_US = 10_000;
/** A line asks so long before the next queue is ready, ms, that a late timer still comes in time. */
const EARLY_MS = 7;
/**
 * A line asks again after so long even if nothing happens, ms, because a failover may lose what Redis knows of it; Redis
 * forgets it after three times as long.
 */
const LONGEST_PAUSE_MS = 10_000;
const MOST_AT_ONCE = 500;

interface Waiter {
  readonly count: number;
  /** Its jobs are there, and are kept until their time. */
  served: boolean;
  answer(dequeued: Dequeued): void;
  fail(error: unknown): void;
  /** Whether it went away. */
  gone: boolean;
}

/**
 * Requests that wait for jobs. Those that wait for the same jobs stand in one line, which asks once for all of them:
 * when the first comes, when the earliest queue becomes ready, and when Redis tells that one has become ready earlier.
 * In between it asks nothing, however many wait.
 */
export class Waiting {
  readonly #options: WaitingOptions;
  readonly #lines = new Map<string, Line>();
  #subscribed = false;
  #closed = false;

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** Resolves with jobs, or without any when the time is over. Rejects like any call when Redis can't be reached. */
  async wait(demand: WaitDemand): Promise<Dequeued> {
    const { queueType, queueId } = demand;
    const { tags, tagOf } = this.#options;
    this.#subscribe();
    const of = queueId === undefined ? await tags(queueType) : [await tagOf(queueType, queueId)];
    const key = `${of[0]} ${of.length} ${queueId ?? ""}`;
    let line = this.#lines.get(key);
    if (!line) {
      line = new Line(this.#options, of, queueId, (gone) => {
        if (this.#lines.get(key) === gone) this.#lines.delete(key);
      });
      this.#lines.set(key, line);
    }
    return line.join({ ...demand, waitMs: this.#closed ? 0 : demand.waitMs });
  }

  /** Answers everybody who waits; from now on nobody waits any more. */
  close(): void {
    this.#closed = true;
    for (const line of this.#lines.values()) line.disband();
  }

  #subscribe(): void {
    if (this.#subscribed) return;
    this.#subscribed = true;
    this.#options.wake.subscribe({
      onMessage: (tag) => {
        for (const line of this.#lines.values()) line.wake(tag);
      },
      onConnect: () => {
        for (const line of this.#lines.values()) line.wakeAll();
      },
    });
  }
}

/**
 * States: idle -> asking -> resting -> asking ... and gone when nobody waits. It asks for jobs of the partitions that
 * are not known to have none; a partition that gave fewer than wanted rests until its next queue is ready or it wakes.
 */
class Line {
  readonly #options: WaitingOptions;
  readonly #queueId: string | undefined;
  readonly #onEmpty: (line: Line) => void;
  /** In the order of their coming. */
  readonly #waiters = new Set<Waiter>();
  /** By tag: when the partition is to be asked again, ms of performance.now(). */
  readonly #restsUntilMs: Map<string, number>;
  #turn = 0;
  #state: "idle" | "asking" | "resting" = "idle";
  #timer: NodeJS.Timeout | undefined;
  /** By tag: when its earliest queue becomes ready as far as is known, ms of performance.now(); `null` = never. */
  readonly #readyAtMs = new Map<string, number | null>();

  constructor(
    options: WaitingOptions,
    tags: readonly string[],
    queueId: string | undefined,
    onEmpty: (line: Line) => void,
  ) {
    this.#options = options;
    this.#queueId = queueId;
    this.#onEmpty = onEmpty;
    this.#restsUntilMs = new Map(tags.map((tag) => [tag, 0]));
  }

  join({ count, waitMs, whenGone }: WaitDemand): Promise<Dequeued> {
    return new Promise((done, failed) => {
      const end = () => {
        clearTimeout(timer);
        this.#remove(waiter);
      };
      const waiter: Waiter = {
        count,
        served: false,
        gone: false,
        answer: (dequeued) => {
          end();
          done(dequeued);
        },
        fail: (error) => {
          end();
          failed(error);
        },
      };
      const timer = setTimeout(() => {
        if (!waiter.served) waiter.answer(this.#nothing());
      }, waitMs);
      this.#waiters.add(waiter);
      whenGone?.(() => {
        waiter.gone = true;
        waiter.answer(NOTHING);
      });
      if (this.#state === "idle" && !waiter.gone) this.#askSoon();
    });
  }

  /** A queue of that partition is ready earlier than this line knows. */
  wake(tag: string): void {
    if (!this.#restsUntilMs.has(tag)) return;
    this.#restsUntilMs.set(tag, 0);
    if (this.#state === "resting") this.#askSoon();
  }

  wakeAll(): void {
    for (const tag of this.#restsUntilMs.keys()) this.wake(tag);
  }

  disband(): void {
    for (const waiter of this.#waiters) waiter.answer(this.#nothing());
  }

  #nothing(): Dequeued {
    const atMs = earliest([...this.#readyAtMs.values()]);
    const inMs = atMs === null ? null : Math.max(0, Math.ceil(atMs - performance.now()));
    return { dispatches: [], nextReadyInMs: inMs };
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0 || this.#state === "asking") return;
    clearTimeout(this.#timer);
    this.#onEmpty(this);
  }

  /** At the end of this turn of the event loop, so that those who come together are asked for together. */
  #askSoon(): void {
    clearTimeout(this.#timer);
    this.#state = "asking";
    soon(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    try {
      for (let tag = this.#nextTag(); tag !== undefined && this.#waiters.size > 0; tag = this.#nextTag()) {
        await this.#askPartition(tag);
      }
    } catch (error) {
      for (const waiter of this.#waiters) waiter.fail(error);
    }
    this.#rest();
  }

  /** The partition that is next in turn of those that do not rest. */
  #nextTag(): string | undefined {
    const tags = [...this.#restsUntilMs.keys()];
    const now = performance.now();
    for (let i = 0; i < tags.length; i += 1) {
      const tag = tags[(this.#turn + i) % tags.length] as string;
      if ((this.#restsUntilMs.get(tag) ?? 0) <= now) {
        this.#turn = (this.#turn + i + 1) % tags.length;
        return tag;
      }
    }
    return undefined;
  }

  async #askPartition(tag: string): Promise<void> {
    const { scripts, leaseMs, wake } = this.#options;
    const wanted = [...this.#waiters].reduce((sum, { count }) => sum + count, 0);
    const count = Math.min(wanted, MOST_AT_ONCE);
    // A message that comes while this is under way counts, whatever the answer is.
    this.#restsUntilMs.set(tag, Number.POSITIVE_INFINITY);
    const demand = { count, leaseMs, queueId: this.#queueId, aheadUs: AHEAD_US, channel: wake.name };
    const found = await takeFrom(scripts, tag, demand);
    if (this.#restsUntilMs.get(tag) === Number.POSITIVE_INFINITY) {
      const restMs = found.dispatches.length >= count ? 0 : (found.nextReadyInMs ?? LONGEST_PAUSE_MS) - EARLY_MS;
      this.#restsUntilMs.set(tag, performance.now() + Math.min(restMs, LONGEST_PAUSE_MS));
    }
    const { nextReadyInMs } = found;
    this.#readyAtMs.set(tag, nextReadyInMs === null ? null : performance.now() + nextReadyInMs);
    this.#handOut(tag, found.dispatches, found.nowUs);
  }

  #handOut(tag: string, dispatches: readonly Dispatch[], nowUs: number): void {
    let at = 0;
    for (const waiter of this.#waiters) {
      const some = dispatches.slice(at, at + waiter.count);
      if (some.length === 0) break;
      at += some.length;
      this.#waiters.delete(waiter);
      waiter.served = true;
      this.#deliver(tag, waiter, some, nowUs);
    }
    this.#giveBack(tag, dispatches.slice(at));
  }

  /** Keeps jobs that were dispatched ahead until their time. */
  #deliver(tag: string, waiter: Waiter, dispatches: Dispatch[], nowUs: number): void {
    const latestUs = Math.max(...dispatches.map(({ lease }) => Number(lease)));
    // Dispatches of one call follow each other by a microsecond, which has passed by now.
    const dueMs = latestUs - nowUs <= dispatches.length ? 0 : performance.now() + (latestUs - nowUs) / 1000;
    const answer = () => {
      const earlyMs = dueMs - performance.now();
      // A timer goes by the time at which its turn of the event loop began, and so may come early.
      if (earlyMs > 0) setTimeout(answer, Math.ceil(earlyMs));
      else if (waiter.gone) this.#giveBack(tag, dispatches);
      else waiter.answer({ dispatches, nextReadyInMs: null });
    };
    answer();
  }

  #giveBack(tag: string, leases: readonly LeaseRef[]): void {
    for (let at = 0; at < leases.length; at += CALL_LIMIT) {
      this.#options.scripts.release(tag, leases.slice(at, at + CALL_LIMIT)).catch(this.#options.onLost);
    }
  }

  #rest(): void {
    this.#state = "idle";
    if (this.#waiters.size === 0) {
      this.#onEmpty(this);
      return;
    }
    this.#state = "resting";
    const until = Math.min(...this.#restsUntilMs.values());
    this.#timer = setTimeout(() => this.#askSoon(), Math.max(1, until - performance.now()));
  }
}

const NOTHING: Dequeued = { dispatches: [], nextReadyInMs: null };
