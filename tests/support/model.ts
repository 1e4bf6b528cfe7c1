import type {
  Failure,
  Heartbeat,
  JobState,
  NewJob,
  QueueChange,
  QueueState,
  TypeChange,
  TypeSettings,
} from "../../src/engine/types.js";
import { type ModelEnded, type ModelJob, ModelQueue, ModelRate } from "./model-queue.js";

/**
 * What the engine promises, said a second time in the simplest way: plain objects, whole-queue scans, no Redis. A
 * property test holds the engine against it after every operation. One queue type; time in microseconds.
 */

export interface ModelDispatch {
  queueId: string;
  jobId: string;
  payload: string;
  leaseExpiresAtMs: number;
  attempt: number;
  requeuesRemaining: number;
  waiting: number;
  deadlineMs: number | null;
}

/** A refusal of the engine, by its code. */
export type Refusal = "unknown_job" | "wrong_state" | "stale_lease" | "not_dispatchable";

export class Model {
  readonly queues = new Map<string, ModelQueue>();
  readonly settings: TypeSettings = {
    intervalMs: null,
    burst: null,
    concurrency: null,
    paused: null,
    queueDefaults: { intervalMs: null, burst: null, concurrency: null, maxLength: null },
    jobDefaults: { leaseMs: null, requeueLimit: null, retryDelaysMs: null, retainMs: null },
  };
  readonly rate = new ModelRate();
  accepted = 0;
  finished = 0;
  dead = 0;
  cancelled = 0;
  removed = 0;
  #sequence = 0;

  queue(id: string, nowUs: number): ModelQueue {
    const queue = this.queues.get(id) ?? new ModelQueue(id, this.settings.queueDefaults);
    this.queues.set(id, queue);
    queue.settle(nowUs);
    return queue;
  }

  enqueue(asked: NewJob, nowUs: number): { outcome: "queued" | "duplicate" | "full"; waiting: number } {
    const queue = this.queue(asked.queueId, nowUs);
    const waiting = queue.waiting.length;
    if (queue.jobs.has(asked.jobId)) return { outcome: "duplicate", waiting };
    if (waiting >= Math.min(asked.maxQueuedLength ?? Number.POSITIVE_INFINITY, queue.maxLength)) {
      return { outcome: "full", waiting };
    }
    this.#store(queue, this.#withDefaults(asked), null, nowUs);
    if (asked.intervalMs !== undefined && !queue.own.pinned && asked.intervalMs !== queue.own.intervalMs) {
      queue.own.intervalMs = asked.intervalMs;
      queue.explicitInterval = false;
    }
    return { outcome: "queued", waiting };
  }

  /** Dispatches like one call at `nowUs`; the tokens are those that the engine made up, which tell the time. */
  dequeue(count: number, only: string | undefined, worker: string | null, tokens: string[], nowUs: number) {
    const dispatches: ModelDispatch[] = [];
    while (dispatches.length < count) {
      const token = tokens[dispatches.length];
      const atUs = token === undefined ? nowUs + dispatches.length : Number(token);
      const queue = this.#gateUs() <= atUs ? this.#next(only, atUs) : undefined;
      if (!queue) break;
      const job = this.#head(queue);
      if (!job) throw new Error("A ready queue has no job");
      if (this.#missesDeadline(queue, job, atUs)) continue;
      queue.dispatch(job, token ?? "", worker, atUs);
      this.#spend(atUs);
      dispatches.push({
        queueId: queue.id,
        jobId: job.id,
        payload: job.asked.payload,
        leaseExpiresAtMs: job.lease?.endsMs ?? 0,
        attempt: job.attempts,
        requeuesRemaining: job.remaining,
        waiting: queue.waiting.length,
        deadlineMs: job.asked.deadlineMs ?? null,
      });
    }
    return dispatches;
  }

  nextReadyInMs(only: string | undefined, nowUs: number): number | null {
    const times = this.#some(only, nowUs).flatMap((queue) => queue.readyAtUs() ?? []);
    const atUs = Math.max(Math.min(...times), this.#gateUs());
    return atUs === Number.POSITIVE_INFINITY ? null : Math.max(0, Math.ceil((atUs - nowUs) / 1000));
  }

  queueState(id: string, nowUs: number): QueueState {
    const state = this.queue(id, nowUs).state(nowUs);
    if (state !== "ready" || this.#gateUs() <= nowUs) return state;
    return this.settings.paused ? "type_paused" : "type_limited";
  }

  claim(queueId: string, jobId: string, worker: string | null, nowUs: number): Refusal | ModelJob {
    const queue = this.queue(queueId, nowUs);
    const job = queue.jobs.get(jobId);
    if (!job) return this.#isKept(queue, jobId, nowUs) ? "wrong_state" : "unknown_job";
    if (!job.available) return "wrong_state";
    const { paused, concurrency } = this.settings;
    const typeFull = concurrency !== null && this.#activeJobs() >= concurrency;
    if (queue.own.paused || queue.isFull || queue.penaltyUs > nowUs || paused || typeFull) return "not_dispatchable";
    if (this.#missesDeadline(queue, job, nowUs)) return "wrong_state";
    const atUs = Math.max(nowUs, (queue.rate.lastUs ?? 0) + 1);
    queue.dispatch(job, String(atUs), worker, atUs);
    this.#spend(atUs);
    // Claims run up no debt.
    queue.rate.level = Math.min(queue.rate.level, queue.burst);
    this.rate.level = Math.min(this.rate.level, this.settings.burst ?? 1);
    return job;
  }

  /** What SHARQ's finish answers: it knows no states. */
  finish(queueId: string, jobId: string, token: string | undefined, nowUs: number): string {
    const found = this.#leased(queueId, jobId, token, nowUs);
    if (found === "unknown_job" || found === "wrong_state") return "not_active";
    return typeof found === "string" ? found : this.#finish(found, undefined, nowUs);
  }

  finishWith(queueId: string, jobId: string, token: string | undefined, output: string | undefined, nowUs: number) {
    const found = this.#leased(queueId, jobId, token, nowUs);
    if (typeof found === "string") return found;
    this.#finish(found, output, nowUs);
    return found.job;
  }

  heartbeat(queueId: string, jobId: string, beat: Heartbeat, nowUs: number): Refusal | ModelJob {
    const found = this.#leased(queueId, jobId, beat.lease, nowUs);
    if (typeof found === "string") return found;
    const { job } = found;
    const lengthMs = beat.extendMs ?? job.asked.leaseMs ?? 1000;
    if (job.lease) job.lease.endsMs = Math.min(Math.ceil(nowUs / 1000) + lengthMs, job.lease.latestMs);
    job.progress = beat.progress ?? job.progress;
    job.output = beat.output ?? job.output;
    return job;
  }

  fail(queueId: string, jobId: string, failure: Failure, nowUs: number): Refusal | ModelJob {
    const found = this.#leased(queueId, jobId, failure.lease, nowUs);
    if (typeof found === "string") return found;
    this.#endAttempt(found.queue, found.job, failure, nowUs);
    return found.job;
  }

  release(queueId: string, jobId: string, token: string | undefined, nowUs: number): Refusal | ModelJob {
    const found = this.#leased(queueId, jobId, token, nowUs);
    if (typeof found === "string") return found;
    const { queue, job } = found;
    if (job.cancel) {
      this.#cancel(queue, job, nowUs);
    } else {
      job.attempts -= 1;
      queue.requeue(job, 0, nowUs);
    }
    return job;
  }

  cancel(queueId: string, jobId: string, nowUs: number): Refusal | ModelJob {
    const queue = this.queue(queueId, nowUs);
    const job = queue.jobs.get(jobId);
    if (!job) return this.#isKept(queue, jobId, nowUs) ? "wrong_state" : "unknown_job";
    if (job.lease) job.cancel = true;
    else this.#cancel(queue, job, nowUs);
    return job;
  }

  restart(queueId: string, jobId: string, newId: string, nowUs: number): Refusal | ModelJob {
    const queue = this.queue(queueId, nowUs);
    const old = queue.ended.get(jobId);
    if (!old || !this.#isKept(queue, jobId, nowUs)) return queue.jobs.has(jobId) ? "wrong_state" : "unknown_job";
    const { delayMs, dueAtMs, deadlineMs, maxQueuedLength, ...asked } = old.job.asked;
    old.restartedAs = newId;
    return this.#store(queue, { ...asked, jobId: newId }, jobId, nowUs);
  }

  remove(queueId: string, jobId: string, nowUs: number): Refusal | "removed" {
    const queue = this.queue(queueId, nowUs);
    if (queue.jobs.delete(jobId)) {
      this.removed += 1;
      return "removed";
    }
    if (!this.#isKept(queue, jobId, nowUs)) return "unknown_job";
    queue.ended.delete(jobId);
    return "removed";
  }

  log(queueId: string, jobId: string, lines: number, nowUs: number): Refusal | number {
    const queue = this.queue(queueId, nowUs);
    const kept = this.#isKept(queue, jobId, nowUs) ? queue.ended.get(jobId)?.job : undefined;
    const job = queue.jobs.get(jobId) ?? kept;
    if (!job) return "unknown_job";
    job.lines += lines;
    return job.lines;
  }

  setInterval(queueId: string, intervalMs: number, nowUs: number): string {
    if (this.queue(queueId, nowUs).isGone(nowUs)) return "unknown_queue";
    this.change(queueId, { intervalMs }, nowUs);
    return "set";
  }

  change(queueId: string, change: QueueChange, nowUs: number): void {
    const queue = this.queue(queueId, nowUs);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    if ("intervalMs" in given) queue.explicitInterval = given["intervalMs"] !== null;
    queue.own = { ...queue.own, ...given };
    // A switch that is off is one that nobody has set.
    if (!queue.own.paused) queue.own.paused = null;
    if (!queue.own.pinned) queue.own.pinned = null;
  }

  changeType({ queueDefaults, jobDefaults, ...change }: TypeChange): void {
    const given = (some: object) => Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined));
    Object.assign(this.settings, given(change));
    Object.assign(this.settings.queueDefaults, given(queueDefaults ?? {}));
    Object.assign(this.settings.jobDefaults, given(jobDefaults ?? {}));
    if (this.settings.intervalMs === null) {
      this.rate.lastUs = undefined;
      this.rate.level = 1;
    }
  }

  penalize(queueId: string, forMs: number, nowUs: number): void {
    const queue = this.queue(queueId, nowUs);
    queue.penaltyUs = Math.max(queue.penaltyUs, nowUs + forMs * 1000);
  }

  clear(queueId: string, { purge, active }: { purge: boolean; active: boolean }, nowUs: number): number {
    const queue = this.queue(queueId, nowUs);
    const gone = [...queue.waiting, ...(active ? queue.active : [])];
    for (const job of gone) queue.jobs.delete(job.id);
    this.removed += gone.length;
    if (purge) {
      queue.explicitInterval = false;
      const { intervalMs } = queue.own;
      queue.own = { intervalMs, burst: null, concurrency: null, maxLength: null, paused: null, pinned: null };
      queue.ended.clear();
    }
    return gone.length;
  }

  sweep(nowUs: number) {
    const done = { requeued: 0, dead: 0, cancelled: 0, dropped: 0 };
    for (const queue of this.#some(undefined, nowUs)) {
      for (const [id, { keptUntilMs }] of queue.ended) {
        if (keptUntilMs * 1000 <= nowUs && queue.ended.delete(id)) done.dropped += 1;
      }
      for (const job of queue.active.filter(({ lease }) => lease && lease.endsMs * 1000 <= nowUs)) {
        const spent = (job.lease?.latestMs ?? 0) * 1000 <= nowUs;
        const error = spent ? "the longest time of an attempt was used up" : "the lease expired";
        done[this.#endAttempt(queue, job, { error }, nowUs)] += 1;
      }
      for (const job of queue.waiting) if (this.#missesDeadline(queue, job, nowUs)) done.dead += 1;
    }
    return done;
  }

  /** What the engine must say of a job; `null` when there is none. */
  job(queueId: string, jobId: string, nowUs: number) {
    const queue = this.queue(queueId, nowUs);
    const living = queue.jobs.get(jobId);
    if (living) return { ...said(living), state: stateOf(living, nowUs) };
    const ended = this.#isKept(queue, jobId, nowUs) ? queue.ended.get(jobId) : undefined;
    return ended ? { ...said(ended.job), state: ended.state, restartedAs: ended.restartedAs } : null;
  }

  #withDefaults(asked: NewJob): NewJob {
    const { leaseMs, requeueLimit, retryDelaysMs, retainMs } = this.settings.jobDefaults;
    return {
      ...asked,
      leaseMs: asked.leaseMs ?? leaseMs ?? undefined,
      requeueLimit: asked.requeueLimit ?? requeueLimit ?? undefined,
      retryDelaysMs: asked.retryDelaysMs ?? retryDelaysMs ?? undefined,
      retainMs: asked.retainMs ?? retainMs ?? undefined,
    };
  }

  #store(queue: ModelQueue, asked: NewJob, restartedFrom: string | null, nowUs: number): ModelJob {
    queue.makeWay(asked.jobId, nowUs);
    this.#sequence += 1;
    const delayed = (asked.delayMs ?? 0) > 0 || (asked.dueAtMs ?? 0) * 1000 > nowUs;
    const dueUs = (asked.dueAtMs ?? Math.ceil(nowUs / 1000 + (asked.delayMs ?? 0))) * 1000;
    const stored: ModelJob = {
      id: asked.jobId,
      asked,
      sequence: this.#sequence,
      priority: asked.priority ?? 0,
      dueUs: delayed ? dueUs : nowUs,
      available: false,
      remaining: asked.requeueLimit ?? -1,
      attempts: 0,
      lease: null,
      cancel: false,
      error: null,
      progress: null,
      output: null,
      worker: null,
      restartedFrom,
      lines: 0,
    };
    if (!delayed) queue.makeAvailable(stored, nowUs);
    queue.jobs.set(stored.id, stored);
    this.accepted += 1;
    return stored;
  }

  #leased(queueId: string, jobId: string, token: string | undefined, nowUs: number) {
    const queue = this.queue(queueId, nowUs);
    const job = queue.jobs.get(jobId);
    if (!job) return this.#isKept(queue, jobId, nowUs) ? "wrong_state" : "unknown_job";
    if (!job.lease) return "wrong_state";
    return token !== undefined && token !== job.lease.token ? "stale_lease" : { queue, job };
  }

  #finish({ queue, job }: { queue: ModelQueue; job: ModelJob }, output: string | undefined, nowUs: number): "finished" {
    job.output = output ?? job.output;
    job.error = null;
    queue.end(job, "finished", nowUs);
    this.finished += 1;
    return "finished";
  }

  #cancel(queue: ModelQueue, job: ModelJob, nowUs: number): void {
    queue.end(job, "cancelled", nowUs);
    this.cancelled += 1;
  }

  #endAttempt(queue: ModelQueue, job: ModelJob, failure: Failure, nowUs: number): "requeued" | "dead" | "cancelled" {
    if (job.cancel) {
      this.#cancel(queue, job, nowUs);
      return "cancelled";
    }
    job.error = failure.error ?? null;
    if (failure.final || job.remaining === 0) {
      queue.end(job, "failed", nowUs);
      this.dead += 1;
      return "dead";
    }
    job.remaining = Math.max(job.remaining - 1, -1);
    const delays = job.asked.retryDelaysMs ?? [];
    queue.requeue(job, failure.retryInMs ?? delays[Math.min(job.attempts, delays.length) - 1] ?? 0, nowUs);
    return "requeued";
  }

  #missesDeadline(queue: ModelQueue, job: ModelJob, nowUs: number): boolean {
    if (job.attempts > 0 || (job.asked.deadlineMs ?? Number.POSITIVE_INFINITY) * 1000 > nowUs) return false;
    job.error = "it was not started by its deadline";
    queue.end(job, "failed", nowUs);
    this.dead += 1;
    return true;
  }

  #isKept(queue: ModelQueue, jobId: string, nowUs: number): boolean {
    const ended: ModelEnded | undefined = queue.ended.get(jobId);
    return ended !== undefined && ended.keptUntilMs * 1000 > nowUs;
  }

  #activeJobs(): number {
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.active.length, 0);
  }

  /** When the type as a whole allows its next dispatch. */
  #gateUs(): number {
    const { paused, concurrency, intervalMs, burst } = this.settings;
    if (paused || (concurrency !== null && this.#activeJobs() >= concurrency)) return Number.POSITIVE_INFINITY;
    return intervalMs === null ? 0 : this.rate.nextUs(intervalMs, burst ?? 1);
  }

  #spend(atUs: number): void {
    const { intervalMs } = this.settings;
    if (intervalMs !== null) this.rate.spend(atUs, intervalMs);
  }

  #head(queue: ModelQueue): ModelJob | undefined {
    return queue.available.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence)[0];
  }

  #some(only: string | undefined, nowUs: number): ModelQueue[] {
    for (const queue of this.queues.values()) queue.settle(nowUs);
    return [...this.queues.values()].filter((queue) => only === undefined || queue.id === only);
  }

  /** The ready queue that has been ready for longest; of several the one dispatched least recently, then by name. */
  #next(only: string | undefined, nowUs: number): ModelQueue | undefined {
    const ready = this.#some(only, nowUs).filter((queue) => (queue.readyAtUs() ?? Number.POSITIVE_INFINITY) <= nowUs);
    const order = (a: ModelQueue, b: ModelQueue) =>
      (a.readyAtUs() ?? 0) - (b.readyAtUs() ?? 0) ||
      (a.rate.lastUs ?? 0) - (b.rate.lastUs ?? 0) ||
      (a.id < b.id ? -1 : 1);
    return ready.sort(order)[0];
  }
}

function stateOf(job: ModelJob, nowUs: number): JobState {
  if (job.lease) return "active";
  return job.available || job.dueUs <= nowUs ? "queued" : "scheduled";
}

function said(job: ModelJob) {
  return {
    jobId: job.id,
    payload: job.asked.payload,
    priority: job.priority,
    tags: job.asked.tags ?? [],
    attempts: job.attempts,
    requeuesRemaining: job.remaining,
    error: job.error,
    progress: job.progress,
    output: job.output,
    worker: job.worker,
    cancelRequested: job.cancel,
    lease: job.lease?.token ?? null,
    leaseExpiresAtMs: job.lease?.endsMs ?? null,
    deadlineMs: job.asked.deadlineMs ?? null,
    restartedFrom: job.restartedFrom,
    restartedAs: null as string | null,
  };
}
