import { SharqError } from "../errors.js";
import type { JobControl } from "../job-control.js";
import type { Job, JobState, LogLine } from "../types.js";
import type { BoundedFeed, Missed } from "./bounded-feed.js";
import type { Change } from "./changes.js";

/** What is told of a followed job, in order. */
export type JobEvent =
  | { kind: "state"; job: Job }
  | { kind: "progress"; progress: number }
  /** `line` is the number of the line in the job's log, from 1 on. */
  | { kind: "log"; line: number; entry: LogLine }
  /** Changes that this follower was too slow for; a `state` with what is now comes next. */
  | Missed
  /** The job has ended, or is there no more; nothing follows. */
  | { kind: "end"; state: JobState | null };

/** What is heard of a job: a change, that there may have been some, or that it was found gone and nobody said how. */
export type Notice = Change["what"] | { kind: "refresh" } | { kind: "gone" };

export interface JobFeedOptions {
  /** The job as it was after notices had begun to be gathered. */
  job: Job;
  feed: BoundedFeed<Notice>;
  /** Number of the last line of the log that is known. */
  afterLine: number;
  jobs: Pick<JobControl, "get" | "logsAfter">;
}

const LOG_PAGE = 500;
/** A timer can't be set for longer than some days, and Redis's clock may be another. */
const LONGEST_TIMER_MS = 3_600_000;
const DUE_AGAIN_MS = 100;
/** When to look again while Redis is away. */
const AWAY_MS = 1000;
/** How long the message about its end may be later than the job was found gone. */
const GONE_MS = 250;

/** The events of a job from now on, until it ends. */
export class JobFeed implements AsyncIterable<JobEvent> {
  readonly #feed: JobFeedOptions["feed"];
  readonly #jobs: JobFeedOptions["jobs"];
  /** As it was told last, and the number of the last line of its log that was. */
  #job: Job;
  #line: number;
  #timer: NodeJS.Timeout | undefined;

  constructor({ job, feed, afterLine, jobs }: JobFeedOptions) {
    this.#job = job;
    this.#feed = feed;
    this.#line = afterLine;
    this.#jobs = jobs;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JobEvent> {
    try {
      yield* this.#change(this.#job);
      if (hasEnded(this.#job)) return;
      yield* this.#newLines();
      let look = false;
      for await (const notice of this.#feed) {
        if (notice.kind === "refresh") look = true;
        else yield* this.#tell(notice);
        // What was heard meanwhile comes first: the job may be gone by now.
        if (look && this.#feed.waiting === 0 && !hasEnded(this.#job)) {
          look = false;
          yield* this.#look();
        }
        if (hasEnded(this.#job)) return;
      }
    } finally {
      clearTimeout(this.#timer);
    }
  }

  async *#tell(notice: Exclude<Notice, { kind: "refresh" }> | Missed): AsyncGenerator<JobEvent> {
    switch (notice.kind) {
      case "log":
        return yield* this.#linesOf(notice);
      case "progress":
        return yield notice;
      case "removed":
      case "gone":
        return yield* this.#vanish();
      case "missed":
        yield notice;
        return yield* this.#look({ always: true });
      case "state":
        if (!notice.job) return yield* this.#look();
        // It may be known already from having been looked at.
        if (isOther(notice.job, this.#job)) yield* this.#change(notice.job);
    }
  }

  /** Tells the state that the job has now, and its end when that is one. */
  async *#change(job: Job): AsyncGenerator<JobEvent> {
    this.#job = job;
    this.#whenDue(0);
    yield { kind: "state", job };
    if (!hasEnded(job)) return;
    yield* this.#newLines();
    yield { kind: "end", state: job.state };
  }

  async *#vanish(): AsyncGenerator<JobEvent> {
    this.#job = { ...this.#job, state: "cancelled" };
    yield { kind: "end", state: null };
  }

  /** Looks at the job, and tells its state when that is another than was told, or `always`. */
  async *#look({ always = false } = {}): AsyncGenerator<JobEvent> {
    const job = await this.#jobs.get(this.#job).catch(undefinedWhenAway);
    if (job === undefined) return this.#lookAgain();
    if (!job) return this.#whenGone();
    if (always || isOther(job, this.#job)) yield* this.#change(job);
    else this.#whenDue(DUE_AGAIN_MS);
    if (!hasEnded(job)) yield* this.#newLines();
  }

  async *#newLines(): AsyncGenerator<JobEvent> {
    for (let next: string | null = ""; next !== null; ) {
      const page = await this.#jobs.logsAfter(this.#job, this.#line, LOG_PAGE).catch(nothingWhenGone);
      for (const { line, entry } of page.lines) {
        this.#line = line;
        yield { kind: "log", line, entry };
      }
      next = page.next;
    }
  }

  /** Lines that came with a notice, and before them those between that were not told. */
  async *#linesOf({ total, lines }: { total: number; lines: LogLine[] }): AsyncGenerator<JobEvent> {
    const first = total - lines.length + 1;
    if (lines.length === 0 || first > this.#line + 1) yield* this.#newLines();
    for (const [i, entry] of lines.entries()) {
      if (first + i <= this.#line) continue;
      this.#line = first + i;
      yield { kind: "log", line: this.#line, entry };
    }
  }

  /** Redis is away. */
  #lookAgain(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#feed.push({ kind: "refresh" }), AWAY_MS).unref();
  }

  #whenGone(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#feed.push({ kind: "gone" }), GONE_MS);
  }

  /** Nobody tells when a job becomes due, so it is looked at then. */
  #whenDue(leastMs: number): void {
    clearTimeout(this.#timer);
    const { state, dueAtMs } = this.#job;
    if (state !== "scheduled" || dueAtMs === null) return;
    const inMs = Math.max(leastMs, Math.min(dueAtMs - Date.now(), LONGEST_TIMER_MS));
    this.#timer = setTimeout(() => this.#feed.push({ kind: "refresh" }), inMs).unref();
  }
}

function hasEnded({ state }: Job): boolean {
  return state === "finished" || state === "failed" || state === "cancelled";
}

function isOther(a: Job, b: Job): boolean {
  return a.state !== b.state || a.attempts !== b.attempts || a.cancelRequested !== b.cancelRequested;
}

function undefinedWhenAway(error: unknown): undefined {
  if (error instanceof SharqError && error.code === "unavailable") return undefined;
  throw error;
}

/** A job that was not retained has taken its log with it, and while Redis is away there is none to read. */
function nothingWhenGone(error: unknown): { lines: []; next: null } {
  const expected = error instanceof SharqError && (error.code === "unknown_job" || error.code === "unavailable");
  if (!expected) throw error;
  return { lines: [], next: null };
}
