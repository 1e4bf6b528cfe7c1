import { chunks, counts, dispatch, job, list, numberOrNull, type Reply, word } from "./replies.js";
import type { ScriptRunner } from "./script-runner.js";
import type { Counts, Dispatch, Job, JobRef, NewJob } from "./types.js";

/**
 * Typed bindings, one a script. Each script's own header says what its arguments and replies are; here they get names
 * and types, and the shape of a reply is checked once.
 */

export interface EnqueueReply {
  /** Whether these are the type's first enqueues of the minute. */
  firstOfMinute: boolean;
  /** One a job, in order; `waiting` jobs were in its queue before. */
  results: { outcome: "queued" | "duplicate" | "full"; waiting: number }[];
}
export type FinishOutcome = "finished" | "not_active" | "stale_lease";
export type DequeueReply =
  | { outcome: "empty"; nextReadyInMs: number | null }
  | { outcome: "again" }
  | { outcome: "dispatched"; dispatches: Dispatch[] };

/** A job with the engine's default for the requeue limit filled in. */
export type FilledJob = NewJob & { requeueLimit: number };

/** Virtual time for tests, in microseconds; `undefined` leaves the time to Redis's clock. */
export type VirtualClock = (() => number) | undefined;

export class Scripts {
  readonly #runner: ScriptRunner;
  readonly #clock: VirtualClock;

  constructor(runner: ScriptRunner, clock: VirtualClock) {
    this.#runner = runner;
    this.#clock = clock;
  }

  async enqueue(tag: string, jobs: FilledJob[]): Promise<EnqueueReply> {
    const [first, ...rest] = await this.#list("enqueue", tag, [this.#now(), ...jobs.flatMap(enqueueArguments)]);
    const results = chunks(rest, 2).map(([outcome, waiting]) => ({
      outcome: word(outcome, ["queued", "duplicate", "full"]),
      waiting: Number(waiting),
    }));
    return { firstOfMinute: word(first, ["first", "more"]) === "first", results };
  }

  async dequeue(tag: string, count: number, leaseMs: number, queueId: string | undefined): Promise<DequeueReply> {
    const [outcome, ...rest] = await this.#list("dequeue", tag, [this.#now(), count, leaseMs, queueId ?? ""]);
    switch (word(outcome, ["empty", "again", "dispatched"])) {
      case "empty":
        return { outcome: "empty", nextReadyInMs: numberOrNull(rest[0]) };
      case "again":
        return { outcome: "again" };
      case "dispatched":
        return { outcome: "dispatched", dispatches: chunks(rest, 9).map(dispatch) };
    }
  }

  async finish(tag: string, jobs: { queueId: string; jobId: string; lease?: string | undefined }[]) {
    const args = jobs.flatMap((job) => [job.queueId, job.jobId, job.lease ?? ""]);
    const reply = await this.#list("finish", tag, [this.#now(), ...args]);
    return reply.map((outcome): FinishOutcome => word(outcome, ["finished", "not_active", "stale_lease"]));
  }

  async interval(tag: string, queueId: string, intervalMs: number): Promise<"set" | "unknown_queue"> {
    return word(await this.#run("interval", tag, [this.#now(), queueId, intervalMs]), ["set", "unknown_queue"]);
  }

  async sweep(tag: string, limit: number, keepDeadMs: number) {
    const [requeued, dead, dropped, use] = await this.#list("sweep", tag, [this.#now(), limit, keepDeadMs]);
    const unused = word(use, ["used", "unused"]) === "unused";
    return { requeued: Number(requeued), dead: Number(dead), dropped: Number(dropped), unused };
  }

  async clear(tag: string, queueId: string, limit: number): Promise<{ removed: number; waiting: number }> {
    const [removed, waiting] = await this.#list("clear", tag, [this.#now(), queueId, limit]);
    return { removed: Number(removed), waiting: Number(waiting) };
  }

  async purge(tag: string, queueId: string, limit: number): Promise<number> {
    return Number(await this.#run("purge", tag, [this.#now(), queueId, limit]));
  }

  async queueMetrics(tag: string, queueId: string): Promise<Counts & { length: number }> {
    const [length, ...window] = await this.#list("queue_metrics", tag, [this.#now(), queueId]);
    return { length: Number(length), ...counts(window) };
  }

  async typeMetrics(tag: string): Promise<Counts & { live: boolean }> {
    const [state, ...window] = await this.#list("type_metrics", tag, [this.#now()]);
    return { live: word(state, ["live", "idle"]) === "live", ...counts(window) };
  }

  async queueIds(tag: string, which: "waiting" | "active", cursor: string, count: number) {
    const [next, ...ids] = await this.#list("queue_ids", tag, [which, cursor, count]);
    return { cursor: String(next), ids: ids.map(String) };
  }

  async job(tag: string, ref: JobRef): Promise<Job | null> {
    const reply = await this.#run("job", tag, [this.#now(), ref.queueId, ref.jobId]);
    return reply === null ? null : { ...ref, ...job(list(reply)) };
  }

  async registerType(tag: string, queueType: string): Promise<void> {
    await this.#run("register_type", tag, [this.#now(), queueType]);
  }

  async forgetType(tag: string, queueType: string, graceMs: number): Promise<"forgotten" | "registered"> {
    const reply = await this.#run("forget_type", tag, [this.#now(), queueType, graceMs]);
    return word(reply, ["forgotten", "registered"]);
  }

  async types(tag: string, cursor: string, count: number) {
    const [next, ...types] = await this.#list("types", tag, [cursor, count]);
    return { cursor: String(next), types: types.map(String) };
  }

  async deepStatus(tag: string, text: string): Promise<boolean> {
    return (await this.#run("deep_status", tag, [text])) === text;
  }

  #now(): string {
    return this.#clock ? String(this.#clock()) : "";
  }

  #run(name: string, tag: string, args: (string | number)[]): Promise<unknown> {
    return this.#runner.run(name, tag, args);
  }

  async #list(name: string, tag: string, args: (string | number)[]): Promise<Reply> {
    return list(await this.#run(name, tag, args));
  }
}

function enqueueArguments(job: FilledJob): (string | number)[] {
  return [
    job.queueId,
    job.jobId,
    job.payload,
    job.intervalMs ?? "",
    job.requeueLimit,
    job.delayMs ?? 0,
    job.priority ?? 0,
    job.leaseMs ?? "",
    job.retainMs ?? "",
    job.maxQueuedLength ?? "",
  ];
}
