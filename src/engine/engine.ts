import { randomUUID } from "node:crypto";
import { type Channel, SILENT } from "./channel.js";
import { SharqError } from "./errors.js";
import { Following } from "./following/following.js";
import { Gatherer } from "./gatherer.js";
import { JobControl } from "./job-control.js";
import { installationTag, TypeTags } from "./keys.js";
import { Listing } from "./listing/listing.js";
import { PartitionedDequeue } from "./partitioned-dequeue.js";
import { QueueControl } from "./queue-control.js";
import { FollowScripts } from "./scripts/follow-scripts.js";
import { JobScripts } from "./scripts/job-scripts.js";
import { ListScripts } from "./scripts/list-scripts.js";
import { QueueScripts } from "./scripts/queue-scripts.js";
import type { JobPresets, VirtualClock } from "./scripts/script-calls.js";
import { type RedisConnection, ScriptRunner } from "./scripts/script-runner.js";
import { Scripts } from "./scripts/scripts.js";
import { STEP, spread } from "./spread.js";
import { TypeRegister } from "./type-register.js";
import type {
  Counts,
  Demand,
  Dequeued,
  Enqueued,
  FinishOutcome,
  InstallationMetrics,
  JobRef,
  LeaseRef,
  NewJob,
  QueueMetrics,
  QueueRef,
  SweepStep,
} from "./types.js";
import { Waiting } from "./waiting.js";

export interface EngineOptions extends JobPresets {
  redis: RedisConnection;
  /** For what must be on replicas before it is answered; `redis` unless given. */
  durable?: RedisConnection | undefined;
  /** How a waiting dequeue hears of new jobs; without it, it only knows when queues with backlog become ready. */
  wake?: Channel | undefined;
  /** How followers hear of changes; without it they only see what is there when they begin. */
  changes?: Channel | undefined;
  /** First part of every key; no braces. */
  keyPrefix: string;
  /** In how many partitions a queue type is spread when it comes into use; 1 unless given. */
  partitions?: ((queueType: string) => number) | undefined;
  /** Told of what goes wrong without a caller to tell it to, and of what an operator should know. */
  onNote?: ((note: EngineNote) => void) | undefined;
  /** For tests: the time in microseconds, in place of Redis's clock. */
  virtualClock?: VirtualClock;
}

export type EngineNote =
  /** A type in use keeps its number of partitions, which is not the one that this process is configured to. */
  | { kind: "other_partitions"; queueType: string; inUse: number; wanted: number }
  /** Jobs that nobody took could not be given back; they are requeued when their leases end. */
  | { kind: "not_released"; error: unknown };

/** How requests for one job each are joined; a dequeue takes Redis so long that each process would wait for the other. */
const JOINED = { limit: 8, calls: Number.POSITIVE_INFINITY };
const JOINED_DEQUEUES = { limit: 16, calls: 1 };
const CLEAR_STEP = 200;
const SWEEP_STEP = 50;
const SCAN_STEP = 500;
/** Types whose metrics are asked for at the same time. */
const TYPES_AT_ONCE = 50;

/**
 * The queue. One method an operation; each is one atomic script, or bounded steps of one. What is asked for in one turn
 * of the event loop is joined. All of them throw SharqError `unavailable` when Redis can't be reached.
 */
export class Engine {
  /** What is done with one job. */
  readonly jobs: JobControl;
  /** Settings and state of queues and types. */
  readonly queues: QueueControl;
  readonly lists: Listing;
  readonly following: Following;
  readonly #options: EngineOptions;
  readonly #scripts: Scripts;
  readonly #durable: Scripts;
  readonly #types: TypeRegister;
  readonly #tags: TypeTags;
  readonly #partitioned: PartitionedDequeue;
  readonly #waiting: Waiting;
  readonly #enqueues = new Gatherer<NewJob, Enqueued>(JOINED, (tag, jobs) => this.#storeAll(tag, jobs));
  readonly #finishes = new Gatherer<LeaseRef, FinishOutcome>(JOINED, (tag, leases) =>
    this.#scripts.finish(tag, leases),
  );
  readonly #dequeues = new Gatherer<null, Dequeued>(JOINED_DEQUEUES, (queueType, askers) =>
    this.#takeForEach(queueType, askers),
  );

  constructor(options: EngineOptions) {
    const { redis, durable = redis, keyPrefix, virtualClock, onNote } = options;
    this.#options = options;
    const runner = new ScriptRunner(redis);
    const durableRunner = durable === redis ? runner : new ScriptRunner(durable);
    this.#scripts = new Scripts(runner, virtualClock, options);
    this.#durable = new Scripts(durableRunner, virtualClock, options);
    this.#types = new TypeRegister(this.#scripts, {
      tag: installationTag(keyPrefix),
      clock: virtualClock,
      partitions: options.partitions ?? (() => 1),
      onOtherPartitions: (queueType, inUse, wanted) => onNote?.({ kind: "other_partitions", queueType, inUse, wanted }),
    });
    this.#tags = new TypeTags(keyPrefix);
    this.#partitioned = new PartitionedDequeue(this.#scripts);
    this.#waiting = new Waiting({
      scripts: this.#scripts,
      wake: options.wake ?? SILENT,
      tags: (queueType) => this.#allTags(queueType),
      tagOf: (queueType, queueId) => this.#tagOf({ queueType, queueId }),
      onLost: (error) => onNote?.({ kind: "not_released", error }),
    });
    const places = {
      tags: (queueType: string) => this.#allTags(queueType),
      tagOf: (queue: QueueRef) => this.#tagOf(queue),
      register: (queueType: string) => this.#types.register(queueType),
    };
    const queueScripts = new QueueScripts(runner, virtualClock, options);
    this.lists = new Listing({
      ...places,
      scripts: this.#scripts,
      queueScripts,
      listScripts: new ListScripts(runner, virtualClock, options),
    });
    this.queues = new QueueControl({
      ...places,
      scripts: this.#scripts,
      queueScripts,
      queueTypes: () => this.#types.list(),
    });
    this.jobs = new JobControl({
      ...places,
      scripts: new JobScripts(runner, virtualClock, options),
      durable: new JobScripts(durableRunner, virtualClock, options),
      tagForNew: (queue) => this.#tagForNew(queue),
      dead: (queueType, which, demand) => this.lists.dead(queueType, which, demand),
    });
    this.following = new Following({
      ...places,
      scripts: new FollowScripts(runner, virtualClock, options),
      channel: options.changes ?? SILENT,
      jobs: this.jobs,
      queueTypes: () => this.#types.list(),
      statuses: (queueTypes) => this.queues.statuses(queueTypes),
    });
  }

  /** Stores a job. Throws `queue_full` when its length limit is reached. */
  async enqueue(job: NewJob): Promise<Enqueued> {
    const enqueued = only(await this.enqueueAll(job.queueType, [job]));
    const { outcome, waiting } = enqueued;
    if (outcome === "full") throw new SharqError("queue_full", "Max queue length reached", { waiting });
    return enqueued;
  }

  /** Stores jobs of one type, in order; each has an outcome of its own. It is not all or nothing. */
  async enqueueAll(queueType: string, jobs: readonly NewJob[]): Promise<Enqueued[]> {
    // A type is registered for its jobs alone.
    if (jobs.length === 0) return [];
    const partitions = this.#types.registered(queueType) ?? (await this.#types.register(queueType));
    return spread(
      jobs,
      ({ queueId }) => this.#tags.of(queueType, queueId, partitions),
      (tag, some) => this.#enqueues.add(tag, some),
    );
  }

  /**
   * Takes up to `count` jobs from the ready queues of a type, or from the one queue named. With `waitMs`, waits for the
   * first when none is ready; a job that is about to be ready is then taken a few ms before its time and kept until it.
   */
  async dequeue(queueType: string, demand: Demand = {}): Promise<Dequeued> {
    const { count = 1, queueId, worker, waitMs = 0, whenGone } = demand;
    if (waitMs > 0) return this.#waiting.wait({ queueType, count, queueId, worker, waitMs, whenGone });
    if (queueId === undefined && worker === undefined && count === 1)
      return only(await this.#dequeues.add(queueType, [null]));
    const tags = queueId === undefined ? await this.#allTags(queueType) : [await this.#tagOf({ queueType, queueId })];
    return this.#partitioned.take(queueType, tags, { count, queueId, worker });
  }

  /** Answers every dequeue that waits and ends what is followed; from now on nothing is. For a server that stops. */
  endWaiting(): void {
    this.#waiting.close();
    this.following.close();
  }

  /**
   * Ends the lease of a job that is done. Without a lease token the current lease is meant.
   * Throws `not_active` when no such job is active and `stale_lease` when the token is not the current lease's.
   */
  async finish(ref: JobRef, lease?: string): Promise<void> {
    const outcome = only(await this.finishAll(ref.queueType, [{ queueId: ref.queueId, jobId: ref.jobId, lease }]));
    if (outcome === "not_active") throw new SharqError(outcome, "The job is not active");
    if (outcome === "stale_lease") throw new SharqError(outcome, "The lease is over; the job may be another worker's");
  }

  /** Ends leases of one type; each has its own outcome, in order. */
  async finishAll(queueType: string, leases: readonly LeaseRef[]): Promise<FinishOutcome[]> {
    const partitions = await this.#partitionsOf(queueType);
    return spread(
      leases,
      ({ queueId }) => this.#tags.of(queueType, queueId, partitions),
      (tag, some) => this.#finishes.add(tag, some),
    );
  }

  /**
   * Removes the jobs that wait in a queue when this begins, in bounded steps, and with `purge` also its explicit
   * settings, its counters and the jobs kept after their end; with `active` also those that are active then. Returns how
   * many living jobs were removed.
   */
  async clear(queue: QueueRef, { purge, active = false }: { purge: boolean; active?: boolean }): Promise<number> {
    const tag = await this.#tagOf(queue);
    let removed = 0;
    let present: number | undefined;
    do {
      const step = await this.#scripts.clear(tag, queue.queueId, CLEAR_STEP);
      removed += step.removed;
      present ??= step.removed + step.waiting;
      if (step.waiting === 0) break;
    } while (removed < present);
    if (active) removed += await this.#removeActive(queue);
    while (purge && (await this.#scripts.purge(tag, queue.queueId, CLEAR_STEP)) > 0);
    return removed;
  }

  /** The types in use and their traffic, all together. */
  async metrics(): Promise<InstallationMetrics> {
    const queueTypes: string[] = [];
    const totals: Counts[] = [];
    const registered = await this.#types.list();
    for (let at = 0; at < registered.length; at += TYPES_AT_ONCE) {
      const some = registered.slice(at, at + TYPES_AT_ONCE);
      const found = await Promise.all(some.map((queueType) => this.#typeMetrics(queueType)));
      queueTypes.push(...some.filter((_, i) => found[i]?.some(({ live }) => live)));
      totals.push(...found.flat());
    }
    // A type that nobody uses still knows what the last ten minutes are.
    if (totals.length === 0) totals.push(...(await this.#typeMetrics("")));
    return {
      queueTypes,
      enqueues: sum(totals.map((counts) => counts.enqueues)),
      dequeues: sum(totals.map((counts) => counts.dequeues)),
    };
  }

  /** Ids of the queues of a type that have waiting or active jobs, sorted. */
  async queueIds(queueType: string): Promise<string[]> {
    const found = new Set<string>();
    for (const tag of await this.#allTags(queueType)) {
      for (const which of ["ready", "blocked", "active"] as const) {
        let cursor = "0";
        do {
          const step = await this.#scripts.queueIds(tag, which, cursor, SCAN_STEP);
          for (const id of step.ids) found.add(id);
          cursor = step.cursor;
        } while (cursor !== "0");
      }
    }
    return [...found].sort();
  }

  async queueMetrics(queue: QueueRef): Promise<QueueMetrics> {
    return this.#scripts.queueMetrics(await this.#tagOf(queue), queue.queueId);
  }

  /** All queue types that may have jobs, ended jobs or counters. */
  queueTypes(): Promise<string[]> {
    return this.#types.list();
  }

  /** One bounded step of sweeping in each partition of a type. */
  async sweep(queueType: string): Promise<SweepStep> {
    const total = { requeued: 0, dead: 0, cancelled: 0, dropped: 0, complete: true };
    let unused = true;
    for (const tag of await this.#allTags(queueType)) {
      const step = await this.#scripts.sweep(tag, SWEEP_STEP);
      total.requeued += step.requeued;
      total.dead += step.dead;
      total.cancelled += step.cancelled;
      total.dropped += step.dropped;
      total.complete &&= step.complete;
      // Who changed the defaults of the type has not come to the end of it.
      if (step.toRelist) await this.queues.relist(tag);
      unused &&= step.unused;
    }
    if (unused) await this.#types.forget(queueType);
    return total;
  }

  /** Writes to Redis and reads it back. Throws `unavailable` when that does not work. */
  async checkRedis(): Promise<void> {
    const intact = await this.#scripts.deepStatus(installationTag(this.#options.keyPrefix), randomUUID());
    if (!intact) throw new SharqError("unavailable", "Redis did not return what was written to it");
  }

  async #storeAll(tag: string, jobs: NewJob[]): Promise<Enqueued[]> {
    const { results, firstOfMinute } = await this.#durable.enqueue(tag, jobs);
    if (firstOfMinute) await this.#types.register(only(jobs).queueType);
    return results;
  }

  /** Those that were active when this began. */
  async #removeActive({ queueType, queueId }: QueueRef): Promise<number> {
    let removed = 0;
    let cursor: string | undefined;
    do {
      const page = await this.lists.jobs(queueType, { state: "active", queueId }, { limit: STEP, cursor });
      for (const job of page.items) {
        // It may have ended meanwhile.
        removed += await this.jobs.remove(job).then(
          () => 1,
          () => 0,
        );
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return removed;
  }

  /** Dequeues of one job each, taken together. */
  async #takeForEach(queueType: string, askers: unknown[]): Promise<Dequeued[]> {
    const demand = { count: askers.length };
    const { dispatches, nextReadyInMs } = await this.#partitioned.take(
      queueType,
      await this.#allTags(queueType),
      demand,
    );
    return askers.map((_, i) => {
      const dispatch = dispatches[i];
      return dispatch ? { dispatches: [dispatch], nextReadyInMs: null } : { dispatches: [], nextReadyInMs };
    });
  }

  #typeMetrics(queueType: string) {
    return this.#allTags(queueType).then((tags) => Promise.all(tags.map((tag) => this.#scripts.typeMetrics(tag))));
  }

  /** For all operations but an enqueue, which registers its type. */
  #partitionsOf(queueType: string): number | Promise<number> {
    return this.#types.lookedUp(queueType) ?? this.#types.lookUp(queueType);
  }

  async #allTags(queueType: string): Promise<readonly string[]> {
    return this.#tags.all(queueType, await this.#partitionsOf(queueType));
  }

  /** For a job that is to be stored. */
  async #tagForNew({ queueType, queueId }: QueueRef): Promise<string> {
    const partitions = this.#types.registered(queueType) ?? (await this.#types.register(queueType));
    return this.#tags.of(queueType, queueId, partitions);
  }

  async #tagOf({ queueType, queueId }: QueueRef): Promise<string> {
    const partitions = await this.#partitionsOf(queueType);
    return this.#tags.of(queueType, queueId, partitions);
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
