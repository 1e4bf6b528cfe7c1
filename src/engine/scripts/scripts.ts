import type { Counts, Dispatch, Enqueued, FinishOutcome, LeaseRef, NewJob } from "../types.js";
import { counts, dispatches, numberOrNull, word } from "./replies.js";
import { ScriptCalls } from "./script-calls.js";

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
  queueId?: string | undefined;
  worker?: string | undefined;
  /** How far ahead a queue may be dispatched, us. */
  aheadUs?: number;
  /** The channel on which the caller waits for what it does not get. */
  channel?: string;
}

/** The sorted sets that tell which queues of a type there are. */
export type QueueIndex = "ready" | "blocked" | "held" | "active";

/** The scripts that every job goes through, and those of its queue type. */
export class Scripts extends ScriptCalls {
  async enqueue(tag: string, jobs: readonly NewJob[]): Promise<EnqueueReply> {
    const args: (string | number)[] = [this.now(), this.presets.requeueLimit, "brief"];
    for (const job of jobs) pushEnqueue(args, job);
    const reply = await this.list("enqueue", tag, args);
    const results: Enqueued[] = [];
    for (let at = 1; at < reply.length; at += 2) {
      results.push({ outcome: word(reply[at], ["queued", "duplicate", "full"]), waiting: Number(reply[at + 1]) });
    }
    return { firstOfMinute: word(reply[0], ["first", "more"]) === "first", results };
  }

  async dequeue(tag: string, demand: DequeueArguments): Promise<DequeueReply> {
    const { count, queueId = "", aheadUs = 0, channel = "", worker = "" } = demand;
    const { leaseMs, deadLetterRetentionMs } = this.presets;
    const args = [this.now(), count, leaseMs, queueId, aheadUs, channel, worker, deadLetterRetentionMs];
    const reply = await this.list("dequeue", tag, args);
    const [outcome, soonest, now] = reply;
    return {
      again: word(outcome, ["again", "done"]) === "again",
      nextReadyInMs: numberOrNull(soonest),
      nowUs: Number(now),
      dispatches: dispatches(reply),
    };
  }

  async finish(tag: string, leases: readonly LeaseRef[]): Promise<FinishOutcome[]> {
    const args: string[] = [this.now(), "brief"];
    for (const { queueId, jobId, lease = "", output = "" } of leases) args.push(queueId, jobId, lease, output);
    const reply = await this.list("finish", tag, args);
    return reply.map((outcome) => word(outcome, ["finished", "not_active", "stale_lease"]));
  }

  async takeBack(tag: string, leases: readonly LeaseRef[]): Promise<void> {
    const args = [this.now()];
    for (const { queueId, jobId, lease = "" } of leases) args.push(queueId, jobId, lease);
    await this.run("take_back", tag, args);
  }

  /** Time until the earliest queue is ready, ms; `null` when none is coming. */
  async soonest(tag: string): Promise<number | null> {
    return numberOrNull(await this.run("soonest", tag, [this.now()]));
  }

  async sweep(tag: string, limit: number) {
    const reply = await this.list("sweep", tag, [this.now(), limit, this.presets.deadLetterRetentionMs]);
    const [requeued, dead, cancelled, dropped, rest, use, listing] = reply;
    return {
      requeued: Number(requeued),
      dead: Number(dead),
      cancelled: Number(cancelled),
      dropped: Number(dropped),
      complete: word(rest, ["complete", "more"]) === "complete",
      unused: word(use, ["used", "unused"]) === "unused",
      toRelist: word(listing, ["relist", "listed"]) === "relist",
    };
  }

  async clear(tag: string, queueId: string, limit: number): Promise<{ removed: number; waiting: number }> {
    const [removed, waiting] = await this.list("clear", tag, [this.now(), queueId, limit]);
    return { removed: Number(removed), waiting: Number(waiting) };
  }

  async purge(tag: string, queueId: string, limit: number): Promise<number> {
    return Number(await this.run("purge", tag, [this.now(), queueId, limit]));
  }

  async queueMetrics(tag: string, queueId: string): Promise<Counts & { length: number }> {
    const [length, ...window] = await this.list("queue_metrics", tag, [this.now(), queueId]);
    return { length: Number(length), ...counts(window) };
  }

  async typeMetrics(tag: string): Promise<Counts & { live: boolean }> {
    const [state, ...window] = await this.list("type_metrics", tag, [this.now()]);
    return { live: word(state, ["live", "idle"]) === "live", ...counts(window) };
  }

  async queueIds(tag: string, index: QueueIndex, cursor: string, count: number) {
    const [next, ...ids] = await this.list("queue_ids", tag, [index, cursor, count]);
    return { cursor: String(next), ids: ids.map(String) };
  }

  async registerType(tag: string, queueType: string, partitions: number): Promise<number> {
    return Number(await this.run("register_type", tag, [this.now(), queueType, partitions]));
  }

  /** In how many partitions a type is spread; `null` when it is not in use. */
  async partitions(tag: string, queueType: string): Promise<number | null> {
    return numberOrNull(await this.run("partitions", tag, [queueType]));
  }

  async forgetType(tag: string, queueType: string, graceMs: number): Promise<"forgotten" | "registered"> {
    const reply = await this.run("forget_type", tag, [this.now(), queueType, graceMs]);
    return word(reply, ["forgotten", "registered"]);
  }

  async types(tag: string, cursor: string, count: number) {
    const [next, ...types] = await this.list("types", tag, [cursor, count]);
    return { cursor: String(next), types: types.map(String) };
  }

  async deepStatus(tag: string, text: string): Promise<boolean> {
    return (await this.run("deep_status", tag, [text])) === text;
  }
}

/** The six arguments of a job. */
export function pushEnqueue(args: (string | number)[], job: NewJob): void {
  const { queueId, jobId, payload, intervalMs = "", requeueLimit = "" } = job;
  args.push(queueId, jobId, payload, intervalMs, requeueLimit, rareOptions(job));
}

/** What only some jobs have, as JSON; "" for the others, which is what the script does not have to read. */
function rareOptions(job: NewJob): string {
  if (isPlain(job)) return "";
  const options = JSON.stringify({
    delay: job.delayMs,
    due_at: job.dueAtMs,
    priority: job.priority,
    expire: job.leaseMs,
    retain: job.retainMs,
    max_length: job.maxQueuedLength,
    // None at all is another thing than the default of the type.
    retry_delays: job.retryDelaysMs,
    max_runtime: job.maxRuntimeMs,
    deadline: job.deadlineMs,
    tags: job.tags?.length === 0 ? undefined : job.tags,
  });
  return options === "{}" ? "" : options;
}

/** Most jobs are, and this costs less than to write an empty object. */
function isPlain(job: NewJob): boolean {
  const { delayMs, dueAtMs, priority, leaseMs, retainMs, maxQueuedLength, retryDelaysMs, maxRuntimeMs } = job;
  const number = delayMs ?? dueAtMs ?? priority ?? leaseMs ?? retainMs ?? maxQueuedLength ?? maxRuntimeMs;
  return number === undefined && (retryDelaysMs ?? job.deadlineMs ?? job.tags) === undefined;
}
