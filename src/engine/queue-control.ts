import { SharqError } from "./errors.js";
import { readCursor, writeCursor } from "./listing/cursor.js";
import { ratePerSecond } from "./rates.js";
import type { QueueScripts } from "./scripts/queue-scripts.js";
import type { QueueIndex, Scripts } from "./scripts/scripts.js";
import type {
  Counts,
  Page,
  PageDemand,
  QueueChange,
  QueueRef,
  QueueStatus,
  TypeChange,
  TypeSettings,
  TypeStatus,
} from "./types.js";

export interface QueueControlOptions {
  scripts: Scripts;
  queueScripts: QueueScripts;
  tagOf(queue: QueueRef): Promise<string>;
  /** The tags of a type's partitions. */
  tags(queueType: string): Promise<readonly string[]>;
  /** Registers a type, which may have settings before its first job. */
  register(queueType: string): Promise<unknown>;
  /** The registered types. */
  queueTypes(): Promise<string[]>;
}

export type DetailedType = TypeStatus & { settings: TypeSettings };

/** Types that are asked for at the same time. */
const TYPES_AT_ONCE = 50;
const RELIST_STEP = 100;

/** Settings and state of queues and of types. A change acts on the backlog that is there, from the next dispatch on. */
export class QueueControl {
  readonly #options: QueueControlOptions;

  constructor(options: QueueControlOptions) {
    this.#options = options;
  }

  /** All types in use, sorted by name. */
  async types(): Promise<TypeStatus[]> {
    return this.statuses(await this.#options.queueTypes());
  }

  /** A page of them. Names are few and read whole; only those of the page are asked how they are. */
  async typePage({ limit, cursor }: PageDemand): Promise<Page<TypeStatus>> {
    const after = cursor === undefined ? "" : String(readCursor(cursor, ["string"])[0]);
    const left = (await this.#options.queueTypes()).filter((queueType) => queueType > after);
    const items = await this.statuses(left.slice(0, limit));
    const last = items.at(-1);
    return { items, nextCursor: last && left.length > limit ? writeCursor([last.queueType]) : null };
  }

  /** How some types are, in their order. */
  async statuses(queueTypes: readonly string[]): Promise<TypeStatus[]> {
    const found: TypeStatus[] = [];
    for (let at = 0; at < queueTypes.length; at += TYPES_AT_ONCE) {
      const some = await Promise.all(queueTypes.slice(at, at + TYPES_AT_ONCE).map((name) => this.type(name)));
      found.push(...some.map(({ settings, ...status }) => status));
    }
    return found;
  }

  /** Also of a type that nobody uses. */
  async type(queueType: string): Promise<DetailedType> {
    const tags = await this.#options.tags(queueType);
    const { scripts, queueScripts } = this.#options;
    const reports = await Promise.all(tags.map((tag) => queueScripts.typeStatus(tag)));
    const counts = await Promise.all(tags.map((tag) => scripts.typeMetrics(tag)));
    const sum = (of: (report: (typeof reports)[number]) => number) => reports.reduce((all, each) => all + of(each), 0);
    const oldest = reports.flatMap(({ oldestMs }) => oldestMs ?? []);
    return {
      queueType,
      queued: sum(({ queued }) => queued),
      scheduled: sum(({ scheduled }) => scheduled),
      active: sum(({ active }) => active),
      dead: sum(({ dead }) => dead),
      queues: sum(({ queues }) => queues),
      oldestMs: oldest.length === 0 ? null : Math.max(...oldest),
      ...rates(counts, Math.max(...reports.map(({ atMs }) => atMs))),
      settings: (reports[0] as (typeof reports)[number]).settings,
    };
  }

  /** Throws `bad_limit`. */
  async changeType(queueType: string, change: TypeChange): Promise<DetailedType> {
    const tags = await this.#options.tags(queueType);
    const shares = tags.map((_, i) => share(change, tags.length, i));
    await this.#options.register(queueType);
    await Promise.all(tags.map((tag, i) => this.#options.queueScripts.setType(tag, change, shares[i] as TypeChange)));
    if (change.queueDefaults) await Promise.all(tags.map((tag) => this.relist(tag)));
    return this.type(queueType);
  }

  /** Also of a queue that has no job and no setting. */
  async queue(queue: QueueRef): Promise<QueueStatus> {
    const tag = await this.#options.tagOf(queue);
    const [status] = await this.#options.queueScripts.queueStatuses(tag, queue.queueType, [queue.queueId]);
    return status as QueueStatus;
  }

  async change(queue: QueueRef, change: QueueChange): Promise<QueueStatus> {
    await this.#options.register(queue.queueType);
    await this.#options.queueScripts.setQueue(await this.#options.tagOf(queue), queue.queueId, "any", change);
    return this.queue(queue);
  }

  /** Sets the interval of a queue that there is. Throws `unknown_queue`. */
  async setInterval(queue: QueueRef, intervalMs: number): Promise<void> {
    const tag = await this.#options.tagOf(queue);
    const outcome = await this.#options.queueScripts.setQueue(tag, queue.queueId, "known", { intervalMs });
    if (outcome === "unknown_queue") throw new SharqError(outcome, "There is no such queue");
  }

  /** Nothing of the queue is dispatched for that long; a longer penalty that holds already stays. */
  async penalize(queue: QueueRef, forMs: number): Promise<QueueStatus> {
    await this.#options.register(queue.queueType);
    const tag = await this.#options.tagOf(queue);
    await this.#options.queueScripts.setQueue(tag, queue.queueId, "any", { penaltyMs: forMs });
    return this.queue(queue);
  }

  /** Has every queue that waits listed by the defaults as they are now. */
  async relist(tag: string): Promise<void> {
    for (const index of ["ready", "blocked"] satisfies QueueIndex[]) {
      let cursor = "0";
      do {
        const step = await this.#options.scripts.queueIds(tag, index, cursor, RELIST_STEP);
        for (let at = 0; at < step.ids.length; at += RELIST_STEP) {
          await this.#options.queueScripts.relist(tag, step.ids.slice(at, at + RELIST_STEP));
        }
        cursor = step.cursor;
      } while (cursor !== "0");
    }
    await this.#options.queueScripts.relist(tag, []);
  }
}

/** Events per second over the last minute, of all partitions together. */
function rates(counts: readonly Counts[], atMs: number): Pick<TypeStatus, "enqueueRate" | "dequeueRate"> {
  return {
    enqueueRate: counts.reduce((sum, { enqueues }) => sum + ratePerSecond(enqueues, atMs), 0),
    dequeueRate: counts.reduce((sum, { dequeues }) => sum + ratePerSecond(dequeues, atMs), 0),
  };
}

/**
 * The part of a type's limits that one of its partitions keeps, because each is a script's whole world: together they
 * allow what the type may, though a partition can't use what another leaves.
 */
function share(change: TypeChange, partitions: number, index: number): TypeChange {
  const { intervalMs, burst, concurrency } = change;
  if (partitions === 1) return change;
  for (const [limit, value] of Object.entries({ burst, concurrency }) as ["burst" | "concurrency", number | null][]) {
    if ((value ?? partitions) < partitions) {
      throw new SharqError("bad_limit", `must be ${partitions}, the number of the type's partitions, or more`, {
        limit,
      });
    }
  }
  const part = (limit: number | null | undefined) =>
    limit && Math.floor(limit / partitions) + (index < limit % partitions ? 1 : 0);
  const shared = { ...change, burst: part(burst), concurrency: part(concurrency) };
  return { ...shared, intervalMs: intervalMs && Math.min(intervalMs * partitions, Number.MAX_SAFE_INTEGER) };
}
