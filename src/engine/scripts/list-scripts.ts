import type { Job } from "../types.js";
import { job, list, word } from "./replies.js";
import { ScriptCalls } from "./script-calls.js";

/** A place in an index: after this element. */
export interface Position {
  score: string;
  element: string;
}

/** Which jobs of an index are wanted; "" for any. */
export interface Wanted {
  state: string;
  queueId: string;
  search: string;
  tag: string;
}

export interface JobsDemand {
  /** Name of the index behind the tag. */
  index: string;
  /** Of an index that belongs to one queue. */
  queueId: string;
  order: "oldest" | "newest";
  from: Position | undefined;
  /** Elements to look at, at most 100. */
  limit: number;
  wanted: Wanted;
}

/** The scripts that walk indexes. */
export class ListScripts extends ScriptCalls {
  /** What was looked at, in order; `job` is `null` where one does not fit. */
  async jobs(tag: string, queueType: string, demand: JobsDemand) {
    const { index, queueId, order, from, limit, wanted } = demand;
    const place = [from?.score ?? "", from?.element ?? ""];
    const filter = [wanted.state, wanted.queueId, wanted.search, wanted.tag];
    const [rest, ...flat] = list(
      await this.run("list_jobs", tag, [this.now(), index, queueId, order, ...place, limit, ...filter]),
    );
    const seen: { at: Position; job: Job | null }[] = [];
    for (let i = 0; i < flat.length; i += 3) {
      const at = { score: String(flat[i]), element: String(flat[i + 1]) };
      const found = flat[i + 2];
      seen.push({ at, job: found === null || found === undefined ? null : job(queueType, found) });
    }
    return { ended: word(rest, ["more", "end"]) === "end", seen };
  }
}
