import { setImmediate as soon } from "node:timers";
import type { Channel } from "./channel.js";
import { CALL_LIMIT, earliest, takeFrom } from "./partitioned-dequeue.js";
import type { Scripts } from "./scripts/scripts.js";
import type { Dequeued, Dispatch, LeaseRef } from "./types.js";

export interface WaitingOptions {
  scripts: Scripts;
  /** Tells that a queue has become ready: the hash tag of its partition. */
  wake: Channel;
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
  /** Who waits. */
  worker?: string | undefined;
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
  /** Lines made so far; each begins with another partition. */
  #made = 0;

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** Resolves with jobs, or without any when the time is over. Rejects like any call when Redis can't be reached. */
  async wait(demand: WaitDemand): Promise<Dequeued> {
    const { queueType, queueId, worker } = demand;
    const { tags, tagOf } = this.#options;
    this.#subscribe();
    const of = queueId === undefined ? await tags(queueType) : [await tagOf(queueType, queueId)];
    const key = JSON.stringify([of[0], of.length, queueId, worker]);
    let line = this.#lines.get(key);
    if (!line) {
      const onEmpty = (gone: Line) => {
        if (this.#lines.get(key) === gone) this.#lines.delete(key);
      };
      line = new Line(this.#options, { tags: of, queueId, worker, turn: this.#made % of.length, onEmpty });
      this.#made += 1;
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

/** What a line knows of a partition; times are ms of performance.now(). */
interface Partition {
  readonly tag: string;
  /** Not to be asked before: it had fewer jobs than wanted. */
  restsUntilMs: number;
  /** How often it was said to have become ready earlier. */
  wakes: number;
  /** When its earliest queue becomes ready as far as is known; `null` = never. */
  readyAtMs: number | null;
}

/**
 * Those who wait for the same jobs. It asks for as many jobs as are wanted and not asked for yet, of the partitions that
 * do not rest; a partition that gave fewer than wanted rests until its next queue is about to be ready or it wakes. While
 * jobs come, questions follow each other without waiting for their answers, one a turn of the event loop.
 */
class Line {
  readonly #options: WaitingOptions;
  readonly #of: { queueId: string | undefined; worker: string | undefined };
  readonly #onEmpty: (line: Line) => void;
  /** In the order of their coming. */
  readonly #waiters = new Set<Waiter>();
  readonly #partitions: readonly Partition[];
  #turn: number;
  /** Jobs that the waiters want, and those of them that have been asked for. */
  #wanted = 0;
  #askedFor = 0;
  /** Questions that are about to be asked or not answered yet. */
  #underWay = 0;
  #willAsk = false;
  #timer: NodeJS.Timeout | undefined;

  /** `turn` is the place of the partition to ask first. */
  constructor(
    options: WaitingOptions,
    line: {
      tags: readonly string[];
      queueId: string | undefined;
      worker: string | undefined;
      turn: number;
      onEmpty(line: Line): void;
    },
  ) {
    this.#options = options;
    this.#of = { queueId: line.queueId, worker: line.worker };
    this.#onEmpty = line.onEmpty;
    this.#turn = line.turn;
    this.#partitions = line.tags.map((tag) => ({ tag, restsUntilMs: 0, wakes: 0, readyAtMs: null }));
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
      this.#wanted += count;
      whenGone?.(() => {
        waiter.gone = true;
        waiter.answer(NOTHING);
      });
      if (!waiter.gone && this.#partitions.some(isAwake)) this.#askSoon();
    });
  }

  /** A queue of that partition is ready earlier than this line knows. */
  wake(tag: string): void {
    const partition = this.#partitions.find((each) => each.tag === tag);
    if (partition) this.#wakePartition(partition);
  }

  wakeAll(): void {
    for (const partition of this.#partitions) this.#wakePartition(partition);
  }

  #wakePartition(partition: Partition): void {
    partition.restsUntilMs = 0;
    partition.wakes += 1;
    this.#askSoon();
  }

  disband(): void {
    for (const waiter of this.#waiters) waiter.answer(this.#nothing());
  }

  #nothing(): Dequeued {
    const atMs = earliest(this.#partitions.map(({ readyAtMs }) => readyAtMs));
    const inMs = atMs === null ? null : Math.max(0, Math.ceil(atMs - performance.now()));
    return { dispatches: [], nextReadyInMs: inMs };
  }

  #remove(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return;
    this.#wanted -= waiter.count;
    if (this.#underWay === 0) this.#rest();
  }

  /** At the end of this turn of the event loop, so that those who come together are asked for together. */
  #askSoon(): void {
    if (this.#willAsk) return;
    this.#willAsk = true;
    this.#underWay += 1;
    soon(() => {
      this.#willAsk = false;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    try {
      for (;;) {
        const count = Math.min(this.#wanted - this.#askedFor, MOST_AT_ONCE);
        const partition = count > 0 ? this.#nextPartition() : undefined;
        if (!partition) break;
        await this.#askPartition(partition, count);
      }
    } catch (error) {
      for (const waiter of this.#waiters) waiter.fail(error);
    }
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#rest();
  }

  /** Of the partitions that do not rest, the one whose turn it is. */
  #nextPartition(): Partition | undefined {
    const turns = [...this.#partitions.slice(this.#turn), ...this.#partitions.slice(0, this.#turn)];
    const next = turns.find(isAwake);
    if (next) this.#turn = (this.#partitions.indexOf(next) + 1) % this.#partitions.length;
    return next;
  }

  async #askPartition(partition: Partition, count: number): Promise<void> {
    const { scripts, wake } = this.#options;
    const { tag, wakes } = partition;
    const demand = { count, ...this.#of, aheadUs: AHEAD_US, channel: wake.name };
    this.#askedFor += count;
    const found = await takeFrom(scripts, tag, demand).finally(() => {
      this.#askedFor -= count;
    });
    const { nextReadyInMs } = found;
    partition.readyAtMs = nextReadyInMs === null ? null : performance.now() + nextReadyInMs;
    // A message that came meanwhile may be about something that this answer does not know of.
    if (found.dispatches.length < count && partition.wakes === wakes) {
      const restMs = Math.min((nextReadyInMs ?? LONGEST_PAUSE_MS) - EARLY_MS, LONGEST_PAUSE_MS);
      partition.restsUntilMs = performance.now() + Math.max(1, restMs);
    }
    this.#handOut(tag, found.dispatches, found.nowUs);
  }

  #handOut(tag: string, dispatches: readonly Dispatch[], nowUs: number): void {
    let at = 0;
    for (const waiter of this.#waiters) {
      const some = dispatches.slice(at, at + waiter.count);
      if (some.length === 0) break;
      at += some.length;
      this.#waiters.delete(waiter);
      this.#wanted -= waiter.count;
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
      this.#options.scripts.takeBack(tag, leases.slice(at, at + CALL_LIMIT)).catch(this.#options.onLost);
    }
  }

  /** Until the first partition is to be asked again, or for good when nobody waits. */
  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#waiters.size === 0) {
      this.#onEmpty(this);
      return;
    }
    const untilMs = Math.min(...this.#partitions.map(({ restsUntilMs }) => restsUntilMs));
    this.#timer = setTimeout(() => this.#askSoon(), Math.max(1, untilMs - performance.now()));
  }
}

function isAwake({ restsUntilMs }: Partition): boolean {
  return restsUntilMs <= performance.now();
}

const NOTHING: Dequeued = { dispatches: [], nextReadyInMs: null };
