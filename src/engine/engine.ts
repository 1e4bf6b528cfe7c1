import { randomUUID } from "node:crypto";
import { SharqError } from "./errors.js";
import { installationTag, typeTag } from "./keys.js";
import { type RedisConnection, ScriptRunner } from "./script-runner.js";
import { type FinishOutcome, Scripts, type VirtualClock } from "./scripts.js";
import { TypeRegister } from "./type-register.js";
import type {
  Accepted,
  Counts,
  Dequeued,
  InstallationMetrics,
  Job,
  JobRef,
  NewJob,
  QueueMetrics,
  QueueRef,
  SweepStep,
} from "./types.js";

export interface EngineOptions {
  redis: RedisConnection;
  /** First part of every key; no braces. */
  keyPrefix: string;
  /** Length of a lease unless the job brings its own, ms. */
  leaseMs: number;
  /** Requeues of a job unless it brings its own limit; -1 = without limit. */
  requeueLimit: number;
  /** How long a dead letter is kept, ms. */
  deadLetterRetentionMs: number;
  /** For tests: the time in microseconds, in place of Redis's clock. */
  virtualClock?: VirtualClock;
}

/** Elements that one script call handles at the most, where an operation goes in steps: well under 5 ms of Redis. */
const CLEAR_STEP = 500;
const SWEEP_STEP = 100;
const SCAN_STEP = 500;
/** Types whose metrics are asked for at the same time. */
const TYPES_AT_ONCE = 50;

/**
 * The queue. One method an operation; each is one atomic script, or bounded steps of one. All of them throw SharqError
 * `unavailable` when Redis can't be reached.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #scripts: Scripts;
  readonly #types: TypeRegister;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#scripts = new Scripts(new ScriptRunner(options.redis), options.virtualClock);
    this.#types = new TypeRegister(this.#scripts, installationTag(options.keyPrefix), options.virtualClock);
  }

  /** Stores a job. Throws `queue_full` when its length limit is reached. */
  async enqueue(job: NewJob): Promise<Accepted> {
    await this.#types.note(job.queueType);
    const filled = { ...job, requeueLimit: job.requeueLimit ?? this.#options.requeueLimit };
    const { firstOfMinute, results } = await this.#scripts.enqueue(this.#tag(job), [filled]);
    if (firstOfMinute) await this.#types.renew(job.queueType);
    const { outcome, waiting } = only(results);
    if (outcome === "full") throw new SharqError("queue_full", "Max queue length reached", { waiting });
    return { outcome, waiting };
  }

  /** Takes up to `count` (1 to 500) jobs from the ready queues of a type, or from the one queue named. */
  async dequeue(queueType: string, { count = 1, queueId }: { count?: number; queueId?: string | undefined } = {}) {
    for (;;) {
      const reply = await this.#scripts.dequeue(this.#tag({ queueType }), count, this.#options.leaseMs, queueId);
      if (reply.outcome === "again") continue;
      const dequeued: Dequeued =
        reply.outcome === "empty"
          ? { dispatches: [], nextReadyInMs: reply.nextReadyInMs }
          : { dispatches: reply.dispatches, nextReadyInMs: null };
      return dequeued;
    }
  }

  /**
   * Ends the lease of a job that is done. Without a lease token the current lease is meant.
   * Throws `not_active` when no such job is active and `stale_lease` when the token is not the current lease's.
   */
  async finish(ref: JobRef, lease?: string): Promise<void> {
    const outcome: FinishOutcome = only(await this.#scripts.finish(this.#tag(ref), [{ ...ref, lease }]));
    if (outcome === "not_active") throw new SharqError(outcome, "The job is not active");
    if (outcome === "stale_lease") throw new SharqError(outcome, "The lease is over; the job may be another worker's");
  }

  /** Sets a queue's interval; it acts on the backlog at once. Throws `unknown_queue`. */
  async setInterval(queue: QueueRef, intervalMs: number): Promise<void> {
    const outcome = await this.#scripts.interval(this.#tag(queue), queue.queueId, intervalMs);
    if (outcome === "unknown_queue") throw new SharqError(outcome, "There is no such queue");
  }

  /**
   * Removes the jobs that wait in a queue when this begins, in bounded steps, and with `purge` also its explicit
   * settings, its counters and the jobs kept after their end. Returns how many waiting jobs were removed.
   */
  async clear(queue: QueueRef, { purge }: { purge: boolean }): Promise<number> {
    const tag = this.#tag(queue);
    let removed = 0;
    let present: number | undefined;
    do {
      const step = await this.#scripts.clear(tag, queue.queueId, CLEAR_STEP);
      removed += step.removed;
      present ??= step.removed + step.waiting;
      if (step.waiting === 0) break;
    } while (removed < present);
    while (purge && (await this.#scripts.purge(tag, queue.queueId, CLEAR_STEP)) > 0);
    return removed;
  }

  /** A job, living or kept after its end; `null` when there is none. */
  job(ref: JobRef): Promise<Job | null> {
    return this.#scripts.job(this.#tag(ref), ref);
  }

  /** The types in use and their traffic, all together. */
  async metrics(): Promise<InstallationMetrics> {
    const queueTypes: string[] = [];
    const totals: Counts[] = [];
    const registered = await this.#types.list();
    for (let at = 0; at < registered.length; at += TYPES_AT_ONCE) {
      const some = registered.slice(at, at + TYPES_AT_ONCE);
      const found = await Promise.all(some.map((queueType) => this.#scripts.typeMetrics(this.#tag({ queueType }))));
      queueTypes.push(...some.filter((_, i) => found[i]?.live));
      totals.push(...found);
    }
    // A type that nobody uses still knows what the last ten minutes are.
    if (totals.length === 0) totals.push(await this.#scripts.typeMetrics(this.#tag({ queueType: "" })));
    return {
      queueTypes,
      enqueues: sum(totals.map((counts) => counts.enqueues)),
      dequeues: sum(totals.map((counts) => counts.dequeues)),
    };
  }

  /** Ids of the queues of a type that have waiting or active jobs, sorted. */
  async queueIds(queueType: string): Promise<string[]> {
    const found = new Set<string>();
    for (const which of ["waiting", "active"] as const) {
      let cursor = "0";
      do {
        const step = await this.#scripts.queueIds(this.#tag({ queueType }), which, cursor, SCAN_STEP);
        for (const id of step.ids) found.add(id);
        cursor = step.cursor;
      } while (cursor !== "0");
    }
    return [...found].sort();
  }

  queueMetrics(queue: QueueRef): Promise<QueueMetrics> {
    return this.#scripts.queueMetrics(this.#tag(queue), queue.queueId);
  }

  /** All queue types that may have jobs, ended jobs or counters. */
  queueTypes(): Promise<string[]> {
    return this.#types.list();
  }

  /** One bounded step of sweeping a type. */
  async sweep(queueType: string): Promise<SweepStep> {
    const { unused, requeued, dead, dropped } = await this.#scripts.sweep(
      this.#tag({ queueType }),
      SWEEP_STEP,
      this.#options.deadLetterRetentionMs,
    );
    if (unused) await this.#types.forget(queueType);
    return { requeued, dead, dropped, complete: requeued + dead < SWEEP_STEP && dropped < SWEEP_STEP };
  }

  /** Writes to Redis and reads it back. Throws `unavailable` when that does not work. */
  async checkRedis(): Promise<void> {
    const intact = await this.#scripts.deepStatus(installationTag(this.#options.keyPrefix), randomUUID());
    if (!intact) throw new SharqError("unavailable", "Redis did not return what was written to it");
  }

  #tag({ queueType }: { queueType: string }): string {
    return typeTag(this.#options.keyPrefix, queueType);
  }
}

/**
 * Adds windows up. Those that were read on both sides of a minute's end differ by one; the newest ten minutes count,
 * oldest first.
 */
function sum(windows: ReadonlyMap<number, number>[]): Map<number, number> {
  const total = new Map<number, number>();
  for (const window of windows) {
    for (const [minute, events] of window) total.set(minute, (total.get(minute) ?? 0) + events);
  }
  return new Map([...total].sort(([a], [b]) => a - b).slice(-10));
}

function only<T>(items: T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("A script returned nothing for one job");
  return item;
}
