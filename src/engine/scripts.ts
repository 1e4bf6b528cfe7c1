import { counts, dispatches, job, list, numberOrNull, type Reply, word } from "./replies.js";
import type { ScriptRunner } from "./script-runner.js";
import type { Counts, Dispatch, Enqueued, FinishOutcome, Job, JobRef, LeaseRef, NewJob } from "./types.js";

/**
 * Typed bindings, one a script. Each script's own header says what its arguments and replies are; here they get names
 * and types, and the shape of a reply is checked once.
 */

export interface EnqueueReply {
  /** Whether these are the type's first enqueues of the minute. */
  firstOfMinute: boolean;
  /** One a job, in order. */
  results: Enqueued[];
}
export interface DequeueReply {
  dispatches: Dispatch[];
  /** The call ended before it had looked at everything: ask again for the rest. */
  again: boolean;
  /** With fewer jobs than wanted, and not `again`: time until the earliest queue is ready; `null` when none is coming. */
  nextReadyInMs: number | null;
  nowUs: number;
}

export interface DequeueArguments {
  count: number;
  leaseMs: number;
  queueId?: string | undefined;
  /** How far ahead a queue may be dispatched, us. */
  aheadUs?: number;
  /** The channel on which the caller waits for what it does not get. */
  channel?: string;
}

/** Virtual time for tests, in microseconds; `undefined` leaves the time to Redis's clock. */
export type VirtualClock = (() => number) | undefined;

export class Scripts {
  readonly #runner: ScriptRunner;
  readonly #clock: VirtualClock;

  constructor(runner: ScriptRunner, clock: VirtualClock) {
    this.#runner = runner;
    this.#clock = clock;
  }

  /** `requeueLimit` is for jobs that bring none. */
  async enqueue(tag: string, jobs: readonly NewJob[], requeueLimit: number): Promise<EnqueueReply> {
    const args: (string | number)[] = [this.#now()];
    for (const job of jobs) pushEnqueue(args, job, requeueLimit);
    const reply = await this.#list("enqueue", tag, args);
    const results: Enqueued[] = [];
    for (let at = 1; at < reply.length; at += 2) {
      results.push({ outcome: word(reply[at], ["queued", "duplicate", "full"]), waiting: Number(reply[at + 1]) });
    }
    return { firstOfMinute: word(reply[0], ["first", "more"]) === "first", results };
  }

  async dequeue(tag: string, demand: DequeueArguments): Promise<DequeueReply> {
    const { count, leaseMs, queueId = "", aheadUs = 0, channel = "" } = demand;
    const args = [this.#now(), count, leaseMs, queueId, aheadUs, channel];
    const reply = await this.#list("dequeue", tag, args);
    const [outcome, soonest, now] = reply;
    return {
      again: word(outcome, ["again", "done"]) === "again",
      nextReadyInMs: numberOrNull(soonest),
      nowUs: Number(now),
      dispatches: dispatches(reply, 3),
    };
  }

  async finish(tag: string, leases: readonly LeaseRef[]): Promise<FinishOutcome[]> {
    const reply = await this.#list("finish", tag, this.#leaseArguments(leases));
    return reply.map((outcome) => word(outcome, ["finished", "not_active", "stale_lease"]));
  }

  async release(tag: string, leases: readonly LeaseRef[]): Promise<void> {
    await this.#run("release", tag, this.#leaseArguments(leases));
  }

  /** Time until the earliest queue is ready, ms; `null` when none is coming. */
  async soonest(tag: string): Promise<number | null> {
    return numberOrNull(await this.#run("soonest", tag, [this.#now()]));
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

  async registerType(tag: string, queueType: string, partitions: number): Promise<number> {
    return Number(await this.#run("register_type", tag, [this.#now(), queueType, partitions]));
  }

  /** In how many partitions a type is spread; `null` when it is not in use. */
  async partitions(tag: string, queueType: string): Promise<number | null> {
    return numberOrNull(await this.#run("partitions", tag, [queueType]));
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

  #leaseArguments(leases: readonly LeaseRef[]): string[] {
    const args = [this.#now()];
    for (const { queueId, jobId, lease = "" } of leases) args.push(queueId, jobId, lease);
    return args;
  }

  #run(name: string, tag: string, args: (string | number)[]): Promise<unknown> {
    return this.#runner.run(name, tag, args);
  }

  async #list(name: string, tag: string, args: (string | number)[]): Promise<Reply> {
    return list(await this.#run(name, tag, args));
  }
}

function pushEnqueue(args: (string | number)[], job: NewJob, requeueLimit: number): void {
  const { queueId, jobId, payload, intervalMs = "" } = job;
  args.push(queueId, jobId, payload, intervalMs, job.requeueLimit ?? requeueLimit, rareOptions(job));
}

/** What only some jobs have, as JSON; "" for the others, which is what the script does not have to read. */
function rareOptions({ delayMs, priority, leaseMs, retainMs, maxQueuedLength }: NewJob): string {
  if ((delayMs ?? priority ?? leaseMs ?? retainMs ?? maxQueuedLength) === undefined) return "";
  return JSON.stringify({
    delay: delayMs,
    priority,
    expire: leaseMs,
    retain: retainMs,
    max_length: maxQueuedLength,
  });
}
