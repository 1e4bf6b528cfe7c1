import type { QueueScripts } from "../scripts/queue-scripts.js";
import type { QueueIndex, Scripts } from "../scripts/scripts.js";
import type { Page, PageDemand, QueueFilter, QueueStatus } from "../types.js";
import { badCursor, readCursor, writeCursor } from "./cursor.js";

/** A queue that was found, with what it is ordered by. */
interface Found {
  tag: string;
  queueId: string;
  length: number;
}

/** Where a page begins: behind this queue. */
type Place = Pick<Found, "queueId" | "length"> | undefined;

const INDEXES: readonly QueueIndex[] = ["ready", "blocked", "held", "active"];
const SCAN_STEP = 500;
const STATUS_STEP = 100;

/**
 * Lists queues in orders for which there is no index, because one would cost every queue some hundred bytes: each page
 * looks at all queues of the type, in bounded steps, and keeps the first ones behind its cursor.
 */
export class QueueScan {
  readonly #scripts: Scripts;
  readonly #queueScripts: QueueScripts;

  constructor(scripts: Scripts, queueScripts: QueueScripts) {
    this.#scripts = scripts;
    this.#queueScripts = queueScripts;
  }

  async page(
    queueType: string,
    tags: readonly string[],
    { order, search = "" }: QueueFilter,
    { limit, cursor }: PageDemand,
  ): Promise<Page<QueueStatus>> {
    const after = cursor === undefined ? undefined : read(cursor, order);
    const compare = order === "length" ? byLength : byName;
    let best: Found[] = [];
    for (const tag of tags) {
      for await (const ids of this.#ids(tag)) {
        const some = await this.#found(
          tag,
          ids.filter((id) => id.includes(search)),
          order === "length",
        );
        const later = some.filter((each) => after === undefined || compare(each, after) > 0);
        best = firstOf([...best, ...later], compare, limit + 1);
      }
    }
    const page = best.slice(0, limit);
    const last = best.length > limit ? page.at(-1) : undefined;
    return { items: await this.#statuses(queueType, page), nextCursor: last ? write(last, order) : null };
  }

  /** Ids of all queues with jobs or explicit settings; one may come more than once. */
  async *#ids(tag: string): AsyncIterable<string[]> {
    for (const index of INDEXES) {
      let cursor = "0";
      do {
        const step = await this.#scripts.queueIds(tag, index, cursor, SCAN_STEP);
        yield [...new Set(step.ids)];
        cursor = step.cursor;
      } while (cursor !== "0");
    }
  }

  async #found(tag: string, ids: readonly string[], withLengths: boolean): Promise<Found[]> {
    const found: Found[] = [];
    for (let at = 0; at < ids.length; at += SCAN_STEP) {
      const some = ids.slice(at, at + SCAN_STEP);
      const lengths = withLengths ? await this.#queueScripts.queueLengths(tag, some) : [];
      found.push(...some.map((queueId, i) => ({ tag, queueId, length: lengths[i] ?? 0 })));
    }
    return found;
  }

  /** In the order of the queues, which may lie in several partitions. */
  async #statuses(queueType: string, queues: readonly Found[]): Promise<QueueStatus[]> {
    const found = new Map<string, QueueStatus>();
    for (const tag of new Set(queues.map((queue) => queue.tag))) {
      const ids = queues.filter((queue) => queue.tag === tag).map(({ queueId }) => queueId);
      for (let at = 0; at < ids.length; at += STATUS_STEP) {
        const some = await this.#queueScripts.queueStatuses(tag, queueType, ids.slice(at, at + STATUS_STEP));
        for (const status of some) found.set(status.queueId, status);
      }
    }
    return queues.flatMap(({ queueId }) => found.get(queueId) ?? []);
  }
}

type Compare = (a: Pick<Found, "queueId" | "length">, b: Pick<Found, "queueId" | "length">) => number;

const byName: Compare = (a, b) => (a.queueId < b.queueId ? -1 : Number(a.queueId > b.queueId));
/** The longest first. */
const byLength: Compare = (a, b) => b.length - a.length || byName(a, b);

/** The first `count` in order, each queue once: of one whose length has changed meanwhile, the first. */
function firstOf(found: Found[], compare: Compare, count: number): Found[] {
  const known = new Set<string>();
  const unique = found.sort(compare).filter(({ queueId }) => !known.has(queueId) && known.add(queueId));
  return unique.slice(0, count);
}

function write({ queueId, length }: Found, order: string): string {
  return writeCursor([order, length, queueId]);
}

function read(cursor: string, wanted: string): Place {
  const [order, length, queueId] = readCursor(cursor, ["string", "number", "string"]) as [string, number, string];
  if (queueId === "" || order !== wanted) throw badCursor();
  return { queueId, length };
}
