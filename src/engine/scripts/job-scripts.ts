import { readLogLine } from "../following/changes.js";
import type { Failure, Heartbeat, Job, JobRef, NewJob, NewLogLine } from "../types.js";
import { job, list, type Reply, word } from "./replies.js";
import { ScriptCalls } from "./script-calls.js";
import { pushEnqueue } from "./scripts.js";

/** What became of an action on a job, and the job as it then is; `null` when there is none. */
export interface Acted {
  outcome: (typeof OUTCOMES)[number];
  job: Job | null;
}

const OUTCOMES = [
  "done",
  "unknown_job",
  "wrong_state",
  "stale_lease",
  "not_active",
  "not_dispatchable",
  "duplicate",
] as const;

/** A restart of a job under a new id. */
export interface Restart extends JobRef {
  newId: string;
}

/** The scripts that act on one job that has an id. */
export class JobScripts extends ScriptCalls {
  /** Stores one job; `job` is the one that is stored, or lives already. */
  async submit(tag: string, newJob: NewJob) {
    const args: (string | number)[] = [this.now(), this.presets.requeueLimit, "full"];
    pushEnqueue(args, newJob);
    const [first, outcome, waiting, found] = await this.list("enqueue", tag, args);
    return {
      firstOfMinute: word(first, ["first", "more"]) === "first",
      outcome: word(outcome, ["queued", "duplicate", "full"]),
      waiting: Number(waiting),
      job: found === null ? null : job(newJob.queueType, found),
    };
  }

  async get(tag: string, ref: JobRef): Promise<Job | null> {
    const reply = await this.run("job", tag, [this.now(), ref.queueId, ref.jobId]);
    return reply === null ? null : job(ref.queueType, reply);
  }

  claim(tag: string, ref: JobRef, worker: string): Promise<Acted> {
    const { leaseMs, deadLetterRetentionMs } = this.presets;
    return this.#act("claim", tag, ref, [leaseMs, worker, deadLetterRetentionMs]);
  }

  heartbeat(tag: string, ref: JobRef, beat: Heartbeat): Promise<Acted> {
    const { lease = "", extendMs = "", progress = "", output = "" } = beat;
    return this.#act("heartbeat", tag, ref, [lease, extendMs, this.presets.leaseMs, progress, output]);
  }

  async finish(tag: string, ref: JobRef, lease: string, output: string): Promise<Acted> {
    const [outcome, found] = await this.list("finish", tag, [
      this.now(),
      "full",
      ref.queueId,
      ref.jobId,
      lease,
      output,
    ]);
    return acted(ref.queueType, [outcome === "finished" ? "done" : (outcome ?? null), found ?? null]);
  }

  fail(tag: string, ref: JobRef, failure: Failure): Promise<Acted> {
    const { lease = "", error = "", retryInMs = "", final = false } = failure;
    const { deadLetterRetentionMs } = this.presets;
    return this.#act("fail", tag, ref, [lease, error, retryInMs, final ? "final" : "", deadLetterRetentionMs]);
  }

  release(tag: string, ref: JobRef, lease: string): Promise<Acted> {
    return this.#act("release", tag, ref, [lease]);
  }

  cancel(tag: string, ref: JobRef): Promise<Acted> {
    return this.#act("cancel", tag, ref, []);
  }

  remove(tag: string, ref: JobRef): Promise<Acted> {
    return this.#act("remove", tag, ref, []);
  }

  /** Restarts ended jobs of one type; `once` leaves those alone that were restarted before. */
  async restart(tag: string, which: "any" | "once", restarts: readonly Restart[]): Promise<Acted[]> {
    const args = [this.now(), which, ...restarts.flatMap(({ queueId, jobId, newId }) => [queueId, jobId, newId])];
    const reply = await this.list("restart", tag, args);
    return restarts.map(({ queueType }, i) => acted(queueType, reply.slice(2 * i, 2 * i + 2)));
  }

  /** Returns the number of lines that the log has had so far; `null` when there is no such job. */
  async log(tag: string, ref: JobRef, most: number, lines: readonly NewLogLine[]): Promise<number | null> {
    const args = [this.now(), ref.queueId, ref.jobId, most];
    const texts = lines.flatMap(({ atMs = "", level, message }) => [atMs, `${level} ${message}`]);
    const [outcome, total] = await this.list("log", tag, [...args, ...texts]);
    return word(outcome, ["done", "unknown_job"]) === "done" ? Number(total) : null;
  }

  /** Lines after line number `after`; `null` when there is no such job. */
  async logs(tag: string, ref: JobRef, after: number, limit: number) {
    const reply = await this.run("logs", tag, [this.now(), ref.queueId, ref.jobId, after, limit]);
    if (reply === null) return null;
    const [total, first, ...lines] = list(reply);
    return { total: Number(total), first: Number(first), lines: lines.map((line) => readLogLine(String(line))) };
  }

  async #act(name: string, tag: string, ref: JobRef, args: (string | number)[]): Promise<Acted> {
    return acted(ref.queueType, await this.list(name, tag, [this.now(), ref.queueId, ref.jobId, ...args]));
  }
}

function acted(queueType: string, [outcome, found]: Reply): Acted {
  return {
    outcome: word(outcome, OUTCOMES),
    job: found === null || found === undefined ? null : job(queueType, found),
  };
}
