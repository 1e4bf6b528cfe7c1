import type { DeadFilter } from "../job-control.js";
import type { ListScripts } from "../scripts/list-scripts.js";
import type { QueueScripts } from "../scripts/queue-scripts.js";
import type { Scripts } from "../scripts/scripts.js";
import type { Job, JobFilter, JobRef, Page, PageDemand, QueueFilter, QueueRef, QueueStatus } from "../types.js";
import { badCursor, readCursor, writeCursor } from "./cursor.js";
import { JobWalk } from "./job-walk.js";
import { QueueScan } from "./queue-scan.js";

export interface ListingOptions {
  scripts: Scripts;
  queueScripts: QueueScripts;
  listScripts: ListScripts;
  tagOf(queue: QueueRef): Promise<string>;
  tags(queueType: string): Promise<readonly string[]>;
}

/** Queues that are looked at for one page at the most, and in one call. */
const MOST_LOOKED_AT = 1000;
const CALL_LIMIT = 100;

/** Lists, page by page. All throw `bad_cursor` for a cursor that they did not give. */
export class Listing {
  readonly #options: ListingOptions;
  readonly #scan: QueueScan;

  constructor(options: ListingOptions) {
    this.#options = options;
    this.#scan = new QueueScan(options.scripts, options.queueScripts);
  }

  /**
   * Jobs without their payloads and outputs. Where nobody but the state or the queue is asked for, every page costs the
   * same; with a tag, a search, or the active jobs of one queue, a page may look at more jobs than it returns, at most
   * 1 000.
   */
  async jobs(queueType: string, filter: JobFilter, demand: PageDemand): Promise<Page<Job>> {
    const { queueId } = filter;
    const tags =
      queueId === undefined ? await this.#options.tags(queueType) : [await this.#options.tagOf({ queueType, queueId })];
    return new JobWalk(this.#options, queueType, tags, filter).page(demand);
  }

  /** Dead letters that were not restarted yet. */
  async dead(queueType: string, which: DeadFilter, demand: PageDemand): Promise<Page<JobRef>> {
    const tags = await this.#options.tags(queueType);
    return new JobWalk(this.#options, queueType, tags, { ...which, state: "failed" }, ["dead"]).page(demand);
  }

  async queues(queueType: string, filter: QueueFilter, demand: PageDemand): Promise<Page<QueueStatus>> {
    const tags = await this.#options.tags(queueType);
    if (filter.order === "ready") return this.#byReadyTime(queueType, tags, filter.search ?? "", demand);
    return this.#scan.page(queueType, tags, filter, demand);
  }

  /** Those that are ready or will be, and then those that are paused or full, of the partitions in turn. */
  async #byReadyTime(
    queueType: string,
    tags: readonly string[],
    search: string,
    { limit, cursor }: PageDemand,
  ): Promise<Page<QueueStatus>> {
    const stages = tags.flatMap((tag) => (["ready", "blocked"] as const).map((index) => ({ tag, index })));
    let [stage, score, element] = cursor === undefined ? [0, "", ""] : readPlace(cursor, stages.length);
    const items: QueueStatus[] = [];
    for (let looked = 0; stage < stages.length && items.length < limit && looked < MOST_LOOKED_AT; ) {
      const { tag, index } = stages[stage] as (typeof stages)[number];
      const some = await this.#options.queueScripts.listQueues(tag, index, score, element, CALL_LIMIT);
      looked += CALL_LIMIT;
      const fitting = some.filter(({ queueId }) => queueId.includes(search)).slice(0, limit - items.length);
      items.push(...(await this.#statuses(tag, queueType, fitting)));
      const last = items.length === limit ? fitting.at(-1) : some.length === CALL_LIMIT ? some.at(-1) : undefined;
      if (last) [score, element] = [last.score, last.queueId];
      else [stage, score, element] = [stage + 1, "", ""];
    }
    return { items, nextCursor: stage < stages.length ? writeCursor([stage, score, element]) : null };
  }

  async #statuses(tag: string, queueType: string, queues: readonly { queueId: string }[]): Promise<QueueStatus[]> {
    if (queues.length === 0) return [];
    const ids = queues.map(({ queueId }) => queueId);
    return this.#options.queueScripts.queueStatuses(tag, queueType, ids);
  }
}

function readPlace(cursor: string, stages: number): [number, string, string] {
  const [stage, score, element] = readCursor(cursor, ["number", "string", "string"]) as [number, string, string];
  if (stage >= stages || !Number.isFinite(Number(score))) throw badCursor();
  return [stage, score, element];
}
