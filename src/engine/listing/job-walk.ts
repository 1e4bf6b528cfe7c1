import type { ListScripts, Position } from "../scripts/list-scripts.js";
import type { QueueScripts } from "../scripts/queue-scripts.js";
import type { QueueIndex } from "../scripts/scripts.js";
import type { Job, JobFilter, JobState, Page, PageDemand } from "../types.js";
import { badCursor, type Cursor, readCursor, writeCursor } from "./cursor.js";

export interface JobWalkOptions {
  listScripts: ListScripts;
  queueScripts: QueueScripts;
}

/** An index of one partition, or the queued jobs of all of its queues in an index of queues. */
interface Stage {
  tag: string;
  /** Of jobs; or of queues. */
  index: string;
  /** Of an index that belongs to one queue; "" otherwise. */
  queueId: string;
  ofQueues: boolean;
}

/** Where a walk is: the number of the stage, the queue in it, and the place in its index. */
interface Place {
  stage: number;
  queue: { queueId: string; score: string } | undefined;
  from: Position | undefined;
}

/** Jobs that are looked at for one page at the most, and in one call. */
const MOST_LOOKED_AT = 1000;
const CALL_LIMIT = 100;
const CURSOR = ["number", "string", "string", "string", "string"] as const;

/**
 * A walk over the indexes that together hold the jobs of some states, one index after the other, of the partitions in
 * turn. A job that changes its state while somebody pages may come twice or not at all; one that stays comes once.
 */
export class JobWalk {
  readonly #options: JobWalkOptions;
  readonly #queueType: string;
  readonly #filter: JobFilter;
  readonly #stages: readonly Stage[];

  /** `indexes` are walked in place of those that the filter asks for. */
  constructor(
    options: JobWalkOptions,
    queueType: string,
    tags: readonly string[],
    filter: JobFilter,
    indexes?: readonly string[],
  ) {
    this.#options = options;
    this.#queueType = queueType;
    this.#filter = filter;
    const stages = (tag: string) => (indexes ? indexes.map((index) => ofType(tag, index)) : stagesOf(tag, filter));
    this.#stages = tags.flatMap(stages);
  }

  async page({ limit, cursor }: PageDemand): Promise<Page<Job>> {
    const items: Job[] = [];
    let place = cursor === undefined ? this.#start(0) : this.#read(cursor);
    for (let looked = 0; place && items.length < limit && looked < MOST_LOOKED_AT; ) {
      const step = await this.#step(place, Math.min(limit - items.length, CALL_LIMIT));
      items.push(...step.jobs);
      // A queue that holds nothing costs a call as well.
      looked += Math.max(step.looked, 1);
      place = step.next;
    }
    return { items, nextCursor: place ? write(place) : null };
  }

  #start(stage: number): Place | undefined {
    return stage < this.#stages.length ? { stage, queue: undefined, from: undefined } : undefined;
  }

  /** Looks at some jobs from a place on, and returns at most `limit` of them and the place behind. */
  async #step(place: Place, limit: number): Promise<{ jobs: Job[]; looked: number; next: Place | undefined }> {
    const stage = this.#stages[place.stage] as Stage;
    if (stage.ofQueues && !place.from) return this.#enterQueue(stage, place, limit);
    return this.#walk(stage, place, limit);
  }

  /** Goes on to the first queue behind that of the place. */
  async #enterQueue(stage: Stage, place: Place, limit: number) {
    const { score, queueId } = place.queue ?? { score: "", queueId: "" };
    const index = stage.index as QueueIndex & ("ready" | "blocked");
    const [queue] = await this.#options.queueScripts.listQueues(stage.tag, index, score, queueId, 1);
    if (!queue) return { jobs: [], looked: 0, next: this.#start(place.stage + 1) };
    return this.#walk(stage, { ...place, queue, from: undefined }, limit);
  }

  async #walk(stage: Stage, place: Place, limit: number) {
    const { state = "", tag = "", search = "", queueId = "", order = "oldest" } = this.#filter;
    const filtered = tag !== "" || search !== "" || queueId !== "";
    const found = await this.#options.listScripts.jobs(stage.tag, this.#queueType, {
      index: place.queue ? `rest:${place.queue.queueId}` : stage.index,
      queueId: place.queue?.queueId ?? stage.queueId,
      order,
      from: place.from,
      limit: filtered ? CALL_LIMIT : limit,
      wanted: { state, queueId, search, tag },
    });
    const jobs: Job[] = [];
    let last: Position | undefined;
    let looked = 0;
    for (const { at, job } of found.seen) {
      if (jobs.length === limit) break;
      if (job) jobs.push(job);
      last = at;
      looked += 1;
    }
    if (looked < found.seen.length || !found.ended) return { jobs, looked, next: { ...place, from: last } };
    return { jobs, looked, next: this.#behind(place) };
  }

  /** The place behind an index that was walked to its end. */
  #behind(place: Place): Place | undefined {
    return place.queue ? { ...place, from: undefined } : this.#start(place.stage + 1);
  }

  #read(cursor: string): Place {
    const [stage, queueId, queueScore, element, score] = readCursor(cursor, CURSOR) as [
      number,
      string,
      string,
      string,
      string,
    ];
    const known = this.#stages[stage];
    if (!known || !isScore(score) || !isScore(queueScore)) throw badCursor();
    if ((queueId !== "" && !known.ofQueues) || (known.ofQueues && queueId === "" && element !== "")) throw badCursor();
    return {
      stage,
      queue: queueId === "" ? undefined : { queueId, score: queueScore },
      from: element === "" ? undefined : { element, score },
    };
  }
}

function write({ stage, queue, from }: Place): string {
  const cursor: Cursor = [stage, queue?.queueId ?? "", queue?.score ?? "", from?.element ?? "", from?.score ?? ""];
  return writeCursor(cursor);
}

function isScore(text: string): boolean {
  return text === "" || Number.isFinite(Number(text));
}

function stagesOf(tag: string, filter: JobFilter): Stage[] {
  if (filter.tag !== undefined) return [ofType(tag, `tag:${filter.tag}`)];
  const states = filter.state === undefined ? WALKED_STATES : [filter.state];
  const { queueId } = filter;
  const all = states.flatMap((state) => (queueId === undefined ? inType(tag, state) : inQueue(tag, queueId, state)));
  // Jobs that have become due stand among the scheduled ones until their queue is dispatched.
  return all.filter(({ index }, i) => all.findIndex((other) => other.index === index) === i);
}

/** In this order a list goes through the states. */
const WALKED_STATES: readonly JobState[] = ["active", "queued", "scheduled", "failed", "cancelled", "finished"];

function inType(tag: string, state: JobState): Stage[] {
  switch (state) {
    case "active":
      return [ofType(tag, "active")];
    case "scheduled":
      return [ofType(tag, "due")];
    case "queued":
      return [ofType(tag, "due"), ofQueues(tag, "ready"), ofQueues(tag, "blocked")];
    default:
      return [ofType(tag, `ended:${state}`)];
  }
}

function inQueue(tag: string, queueId: string, state: JobState): Stage[] {
  switch (state) {
    case "active":
      return [ofType(tag, "active")];
    case "scheduled":
      return [{ tag, index: `later:${queueId}`, queueId, ofQueues: false }];
    case "queued":
      return [
        { tag, index: `rest:${queueId}`, queueId, ofQueues: false },
        { tag, index: `later:${queueId}`, queueId, ofQueues: false },
      ];
    default:
      return [{ tag, index: `past:${state}:${queueId}`, queueId, ofQueues: false }];
  }
}

function ofType(tag: string, index: string): Stage {
  return { tag, index, queueId: "", ofQueues: false };
}

function ofQueues(tag: string, index: "ready" | "blocked"): Stage {
  return { tag, index, queueId: "", ofQueues: true };
}
