import { randomUUID } from "node:crypto";
import { SharqError, type SharqErrorCode } from "./errors.js";
import type { Acted, JobScripts, Restart } from "./scripts/job-scripts.js";
import type {
  Completion,
  Failure,
  Heartbeat,
  Job,
  JobRef,
  LeaseToken,
  LogLine,
  NewJob,
  NewLogLine,
  Page,
  PageDemand,
  QueueRef,
} from "./types.js";

export interface JobControlOptions {
  scripts: JobScripts;
  /** For what must be on replicas before it is answered. */
  durable: JobScripts;
  tagOf(queue: QueueRef): Promise<string>;
  /** The tag for a job that is to be stored, whose type is registered by that. */
  tagForNew(queue: QueueRef): Promise<string>;
  /** Called after the first enqueue of a minute. */
  register(queueType: string): Promise<unknown>;
  /** Dead letters that were not restarted yet. */
  dead(queueType: string, which: DeadFilter, demand: PageDemand): Promise<Page<JobRef>>;
}

/** Which dead letters are meant: all, those of one queue, those with one tag. */
export interface DeadFilter {
  queueId?: string | undefined;
  tag?: string | undefined;
}

/** Lines that the log of a job holds at the most. */
const LOG_LINES = 10_000;
const LOG_STEP = 250;
const RESTART_STEP = 100;

/**
 * What is done with a job that has an id. All return the job as it then is, also when nothing of it is kept, and throw
 * `unknown_job` when there is none, `wrong_state` when its state does not allow it, and where a lease is given,
 * `stale_lease` when it is over.
 */
export class JobControl {
  readonly #options: JobControlOptions;
  readonly #scripts: JobScripts;

  constructor(options: JobControlOptions) {
    this.#options = options;
    this.#scripts = options.scripts;
  }

  /** Stores a job. `duplicate`: the job of that id lives already, and is returned. Throws `queue_full`. */
  async submit(job: NewJob): Promise<{ outcome: "queued" | "duplicate"; job: Job }> {
    const { durable, tagForNew, register } = this.#options;
    const submitted = await durable.submit(await tagForNew(job), job);
    if (submitted.firstOfMinute) await register(job.queueType);
    const { outcome, waiting } = submitted;
    if (outcome === "full") throw new SharqError("queue_full", "Max queue length reached", { waiting });
    if (!submitted.job) throw new Error("A script stored a job and did not return it");
    return { outcome, job: submitted.job };
  }

  /** The job, living or kept; `null` when there is none. */
  async get(ref: JobRef): Promise<Job | null> {
    return this.#scripts.get(await this.#options.tagOf(ref), ref);
  }

  /** Dispatches this queued job, whatever its place and its queue's spacing. Throws `not_dispatchable`. */
  claim(ref: JobRef, worker = ""): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.claim(tag, ref, worker));
  }

  heartbeat(ref: JobRef, beat: Heartbeat): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.heartbeat(tag, ref, beat));
  }

  finish(ref: JobRef, { lease = "", output = "" }: Completion): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.finish(tag, ref, lease, output));
  }

  /** Requeues the job after its retry delay, or makes it a dead letter. */
  fail(ref: JobRef, failure: Failure): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.fail(tag, ref, failure));
  }

  /** Gives the job back at once, without counting an attempt. */
  release(ref: JobRef, { lease = "" }: LeaseToken): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.release(tag, ref, lease));
  }

  /** Ends a waiting job; of an active one the worker is told, and it is not requeued. */
  cancel(ref: JobRef): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.cancel(tag, ref));
  }

  /** Enqueues an ended job anew, whatever the length limit of its queue; returns the new one. */
  restart(ref: JobRef): Promise<Job> {
    return this.#act(ref, async (tag) => {
      const [acted] = await this.#restart(tag, "any", [ref]);
      return acted as Acted;
    });
  }

  /** Restarts the dead letters of a type that were not restarted yet, in bounded steps; returns how many. */
  async restartDead(queueType: string, which: DeadFilter): Promise<number> {
    let restarted = 0;
    let cursor: string | undefined;
    do {
      const page: Page<JobRef> = await this.#options.dead(queueType, which, { limit: RESTART_STEP, cursor });
      restarted += await this.#restartOnce(page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return restarted;
  }

  /** Removes the job in whatever state it is, and all that belongs to it; returns it as it was. */
  remove(ref: JobRef): Promise<Job> {
    return this.#act(ref, (tag) => this.#scripts.remove(tag, ref));
  }

  /** Adds lines to the job's log, whatever its state is. Returns the number of lines that the log has had so far. */
  async log(ref: JobRef, lines: readonly NewLogLine[]): Promise<number> {
    const tag = await this.#options.tagOf(ref);
    let total: number | null = null;
    for (let at = 0; at === 0 || at < lines.length; at += LOG_STEP) {
      total = await this.#scripts.log(tag, ref, LOG_LINES, lines.slice(at, at + LOG_STEP));
      if (total === null) throw unknownJob();
    }
    return total ?? 0;
  }

  /** The lines of the job's log, oldest first. Throws `bad_cursor`. */
  async logs(ref: JobRef, { limit, cursor = "0" }: PageDemand): Promise<Page<LogLine>> {
    if (!/^\d{1,15}$/.test(cursor)) throw new SharqError("bad_cursor", "The cursor is not one that this list gave");
    const { lines, next } = await this.logsAfter(ref, Number(cursor), limit);
    return { items: lines.map(({ entry }) => entry), nextCursor: next };
  }

  /** Lines of the job's log after a number of them, with the number of each; `next` says where to go on. */
  async logsAfter(ref: JobRef, after: number, limit: number) {
    const found = await this.#scripts.logs(await this.#options.tagOf(ref), ref, after, limit);
    if (!found) throw unknownJob();
    const { total, first, lines } = found;
    const last = first + lines.length - 1;
    const numbered = lines.map((entry, i) => ({ line: first + i, entry }));
    return { lines: numbered, total, next: last < total ? String(last) : null };
  }

  async #restartOnce(refs: readonly JobRef[]): Promise<number> {
    const byTag = new Map<string, JobRef[]>();
    for (const ref of refs) {
      const tag = await this.#options.tagForNew(ref);
      byTag.set(tag, [...(byTag.get(tag) ?? []), ref]);
    }
    const restarted = await Promise.all([...byTag].map(([tag, some]) => this.#restart(tag, "once", some)));
    return restarted.flat().filter(({ outcome }) => outcome === "done").length;
  }

  #restart(tag: string, which: "any" | "once", refs: readonly JobRef[]): Promise<Acted[]> {
    const restarts = refs.map((ref): Restart => ({ ...ref, newId: randomUUID() }));
    return this.#options.durable.restart(tag, which, restarts);
  }

  async #act(ref: JobRef, run: (tag: string) => Promise<Acted>): Promise<Job> {
    const { outcome, job } = await run(await this.#options.tagOf(ref));
    if (outcome === "done" && job) return job;
    throw refusal(outcome, job);
  }
}

/** A job whose retention is over is there no more, whatever the sweep has left of it. */
function refusal(outcome: Acted["outcome"], job: Job | null): SharqError {
  if (!job) return unknownJob();
  const [code, message] = MESSAGES[outcome];
  return new SharqError(code, message.replace("%", job.state), { state: job.state });
}

const MESSAGES: Readonly<Record<Acted["outcome"], [SharqErrorCode, string]>> = {
  done: ["unknown_job", "There is no such job"],
  unknown_job: ["unknown_job", "There is no such job"],
  wrong_state: ["wrong_state", "The job is %, which does not allow this"],
  not_active: ["wrong_state", "The job is %, and not active"],
  stale_lease: ["stale_lease", "The lease is over; the job may be another worker's"],
  not_dispatchable: ["not_dispatchable", "The queue or its type is paused, full or under a penalty"],
  duplicate: ["wrong_state", "The new id is taken; try again"],
};

function unknownJob(): SharqError {
  return new SharqError("unknown_job", "There is no such job");
}
