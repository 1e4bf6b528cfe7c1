import type { QueueChange, QueueStatus, TypeChange, TypeSettings, TypeStatus } from "../types.js";
import { list, members, numberOrNull, queueStatus, word } from "./replies.js";
import { ScriptCalls } from "./script-calls.js";

/** A queue type, or one partition of it, as it is now. */
export interface TypeReport extends Omit<TypeStatus, "queueType" | "enqueueRate" | "dequeueRate"> {
  settings: TypeSettings;
  atMs: number;
}

/** The scripts that read and change settings and state of queues and types. */
export class QueueScripts extends ScriptCalls {
  /** `known` changes only a queue that there is. */
  async setQueue(tag: string, queueId: string, which: "any" | "known", change: QueueChange & { penaltyMs?: number }) {
    const json = JSON.stringify({
      interval: change.intervalMs,
      burst: change.burst,
      concurrency: change.concurrency,
      max_length: change.maxLength,
      paused: change.paused,
      pinned: change.pinned,
      penalty: change.penaltyMs,
    });
    return word(await this.run("set_queue", tag, [this.now(), queueId, which, json]), ["set", "unknown_queue"]);
  }

  /** `share` is what of the change one partition keeps. */
  async setType(tag: string, change: TypeChange, share: TypeChange): Promise<void> {
    const { intervalMs: interval, burst, concurrency } = change;
    const json = JSON.stringify({ ...typeChange(share), told: { interval, burst, concurrency } });
    await this.run("set_type", tag, [this.now(), json]);
  }

  async relist(tag: string, queueIds: readonly string[]): Promise<void> {
    await this.run("relist", tag, [this.now(), ...queueIds]);
  }

  async queueStatuses(tag: string, queueType: string, queueIds: readonly string[]): Promise<QueueStatus[]> {
    const reply = await this.list("queue_status", tag, [this.now(), ...queueIds]);
    return reply.map((each) => queueStatus(queueType, each));
  }

  async queueLengths(tag: string, queueIds: readonly string[]): Promise<number[]> {
    return (await this.list("queue_lengths", tag, [this.now(), ...queueIds])).map(Number);
  }

  async typeStatus(tag: string): Promise<TypeReport> {
    const reply = await this.list("type_status", tag, [this.now()]);
    const [queued, scheduled, active, dead, queues, oldest, own, ofQueues, ofJobs, atMs] = reply;
    return {
      queued: Number(queued),
      scheduled: Number(scheduled),
      active: Number(active),
      dead: Number(dead),
      queues: Number(queues),
      oldestMs: numberOrNull(oldest),
      settings: typeSettings(members(own), members(ofQueues), members(ofJobs)),
      atMs: Number(atMs),
    };
  }

  async listQueues(tag: string, index: "ready" | "blocked", score: string, queueId: string, limit: number) {
    const reply = list(await this.run("list_queues", tag, [index, score, queueId, limit]));
    return reply.flatMap((id, i) => (i % 2 === 0 ? [{ queueId: String(id), score: String(reply[i + 1]) }] : []));
  }
}

function typeChange({ queueDefaults: queue, jobDefaults: job, ...change }: TypeChange): object {
  return {
    interval: change.intervalMs,
    burst: change.burst,
    concurrency: change.concurrency,
    paused: change.paused,
    queue: queue && {
      interval: queue.intervalMs,
      burst: queue.burst,
      concurrency: queue.concurrency,
      max_length: queue.maxLength,
    },
    job: job && {
      expire: job.leaseMs,
      limit: job.requeueLimit,
      // To a script, an empty list and an empty object are the same.
      retry_delays: job.retryDelaysMs?.length === 0 ? null : job.retryDelaysMs,
      retain: job.retainMs,
    },
  };
}

type Members = ReturnType<typeof members>;

function typeSettings(own: Members, ofQueues: Members, ofJobs: Members): TypeSettings {
  const number = (from: Members, name: string) => numberOrNull(from.get(name));
  const delays = ofJobs.get("retry_delays");
  return {
    intervalMs: number(own, "interval"),
    burst: number(own, "burst"),
    concurrency: number(own, "concurrency"),
    paused: own.get("paused") === "1" || null,
    queueDefaults: {
      intervalMs: number(ofQueues, "interval"),
      burst: number(ofQueues, "burst"),
      concurrency: number(ofQueues, "concurrency"),
      maxLength: number(ofQueues, "max_length"),
    },
    jobDefaults: {
      leaseMs: number(ofJobs, "expire"),
      requeueLimit: number(ofJobs, "limit"),
      retryDelaysMs: delays === undefined ? null : list(delays).map(Number),
      retainMs: number(ofJobs, "retain"),
    },
  };
}
