import { performance } from "node:perf_hooks";
import type { Scripts } from "./scripts/scripts.js";
import type { Dequeued, Dispatch } from "./types.js";

/** How long a partition that was found empty is asked last, ms: short, because another server may fill it. */
const AVOID_MS = 100;
const MOST_REMEMBERED = 10_000;
/** Jobs that one call of a script hands out or takes back at the most: well under 5 ms of Redis. */
export const CALL_LIMIT = 100;
/** Payloads that are handed out for one demand, in characters; the next demand goes on with the others. */
const SIZE_LIMIT = 16_000_000;

/** What is to be taken. */
export interface TakeDemand {
  count: number;
  /** The only queue to take from. */
  queueId?: string | undefined;
  /** Who takes them. */
  worker?: string | undefined;
}

/** Takes jobs of a type from its partitions, in turns, and asks no more of them than it takes to fill the demand. */
export class PartitionedDequeue {
  readonly #scripts: Scripts;
  readonly #turns = new Map<string, number>();
  readonly #emptyUntilMs = new Map<string, number>();

  constructor(scripts: Scripts) {
    this.#scripts = scripts;
  }

  /** Returns fewer jobs than wanted only when there are no more in any partition. */
  async take(queueType: string, tags: readonly string[], demand: TakeDemand): Promise<Dequeued> {
    const [first, ...others] = this.#inTurn(queueType, tags);
    const found = await this.#from(first as string, demand);
    const dispatches = found.dispatches;
    if (dispatches.length >= demand.count || others.length === 0) return found;
    const soonest = await Promise.all(others.map((tag) => this.#scripts.soonest(tag)));
    const coming = [found.nextReadyInMs];
    for (const [i, tag] of others.entries()) {
      let next = soonest[i] ?? null;
      if (next === 0 && dispatches.length < demand.count && sizeOf(dispatches) < SIZE_LIMIT) {
        const more = await this.#from(tag, { ...demand, count: demand.count - dispatches.length });
        dispatches.push(...more.dispatches);
        next = more.nextReadyInMs;
      }
      coming.push(next);
    }
    return { dispatches, nextReadyInMs: dispatches.length < demand.count ? earliest(coming) : null };
  }

  /** The partitions in the order of asking: those not known to be empty first, starting with another one each time. */
  #inTurn(queueType: string, tags: readonly string[]): readonly string[] {
    if (tags.length === 1) return tags;
    if (this.#turns.size >= MOST_REMEMBERED) this.#turns.clear();
    const turn = (this.#turns.get(queueType) ?? 0) % tags.length;
    this.#turns.set(queueType, turn + 1);
    const now = performance.now();
    const rotated = [...tags.slice(turn), ...tags.slice(0, turn)];
    const isEmpty = (tag: string) => (this.#emptyUntilMs.get(tag) ?? 0) > now;
    return [...rotated.filter((tag) => !isEmpty(tag)), ...rotated.filter(isEmpty)];
  }

  async #from(tag: string, demand: TakeDemand): Promise<Dequeued> {
    const found = await takeFrom(this.#scripts, tag, demand);
    if (found.dispatches.length < demand.count) {
      if (this.#emptyUntilMs.size >= MOST_REMEMBERED) this.#emptyUntilMs.clear();
      this.#emptyUntilMs.set(tag, performance.now() + Math.min(found.nextReadyInMs ?? AVOID_MS, AVOID_MS));
    }
    return found;
  }
}

export interface TagDemand extends TakeDemand {
  /** How far ahead a queue may be dispatched, us; its job is to be kept until the moment of its lease token. */
  aheadUs?: number;
  /** Given when the caller waits for what it does not get: the channel on which it listens. */
  channel?: string;
}

/** Takes jobs of one partition, fewer than wanted when their payloads are large, in as many bounded calls as it needs. `nowUs` is the time of the last one. */
export async function takeFrom(
  scripts: Scripts,
  tag: string,
  demand: TagDemand,
): Promise<Dequeued & { nowUs: number }> {
  const dispatches: Dispatch[] = [];
  let nowUs = 0;
  for (;;) {
    const count = Math.min(demand.count - dispatches.length, CALL_LIMIT);
    // What was taken already is handed out though a further call fails.
    const reply = await scripts.dequeue(tag, { ...demand, count }).catch((error) => {
      if (dispatches.length === 0) throw error;
      return { dispatches: [], again: false, nextReadyInMs: 0, nowUs };
    });
    nowUs = reply.nowUs;
    dispatches.push(...reply.dispatches);
    const exhausted = !reply.again && reply.dispatches.length < count;
    if (exhausted || dispatches.length >= demand.count) return { ...reply, dispatches };
    if (sizeOf(dispatches) >= SIZE_LIMIT) return { ...reply, dispatches, nextReadyInMs: 0 };
  }
}

function sizeOf(dispatches: readonly Dispatch[]): number {
  return dispatches.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** The least of some times, of which `null` means never. */
export function earliest(times: readonly (number | null)[]): number | null {
  const some = times.filter((time) => time !== null);
  return some.length === 0 ? null : Math.min(...some);
}
