import type { NewJob } from "../../src/engine/types.js";
import { DEAD_MS, LEASE_MS } from "./engines.js";

/**
 * What the engine promises, said a second time in the simplest way: plain objects, whole-queue scans, no Redis. A
 * property test holds the engine against it after every operation. One queue type; time in microseconds.
 */

interface ModelJob {
  id: string;
  payload: string;
  sequence: number;
  priority: number;
  /** Time from which it may be dispatched. */
  dueUs: number;
  /** It is queued: its due time has come, and it is not active. */
  available: boolean;
  remaining: number;
  attempts: number;
  leaseMs: number;
  retainMs: number;
  lease: { token: string; endsMs: number } | null;
}

interface ModelEnded {
  state: "finished" | "failed";
  payload: string;
  endedMs: number;
  keptUntilMs: number;
}

export interface ModelDispatch {
  queueId: string;
  jobId: string;
  payload: string;
  leaseExpiresAtMs: number;
  attempt: number;
  requeuesRemaining: number;
  waiting: number;
}

export class ModelQueue {
  readonly jobs = new Map<string, ModelJob>();
  readonly ended = new Map<string, ModelEnded>();
  intervalMs = 0;
  explicit = false;
  lastUs: number | undefined;
  sinceUs = 0;

  constructor(readonly id: string) {}

  get waiting(): ModelJob[] {
    return [...this.jobs.values()].filter((job) => job.lease === null);
  }

  get active(): ModelJob[] {
    return [...this.jobs.values()].filter((job) => job.lease !== null);
  }

  get available(): ModelJob[] {
    return this.waiting.filter((job) => job.available);
  }

  get scheduled(): ModelJob[] {
    return this.waiting.filter((job) => !job.available);
  }

  /** Nothing of the queue is left but perhaps ended jobs. */
  isGone(nowUs: number): boolean {
    return this.jobs.size === 0 && !this.explicit && (this.lastUs ?? 0) + this.intervalMs * 1000 <= nowUs;
  }

  readyAtUs(): number | undefined {
    const dueUs = this.scheduled.map((job) => job.dueUs);
    const thereUs = this.available.length > 0 ? this.sinceUs : Math.min(...dueUs);
    if (thereUs === Number.POSITIVE_INFINITY) return undefined;
    return Math.max(thereUs, this.lastUs === undefined ? 0 : this.lastUs + Math.max(this.intervalMs * 1000, 1));
  }

  makeAvailable(job: ModelJob, fromUs: number): void {
    if (this.available.length === 0) this.sinceUs = fromUs;
    job.available = true;
  }

  /** Lets everything happen that happens by time alone. */
  settle(nowUs: number): void {
    if (this.isGone(nowUs)) this.intervalMs = 0;
    const due = this.scheduled.filter((job) => job.dueUs <= nowUs).sort((a, b) => a.dueUs - b.dueUs);
    for (const job of due) this.makeAvailable(job, job.dueUs);
  }

  /** A new job takes the id of an ended one: a dead letter that is still kept moves aside. */
  makeWay(id: string, nowUs: number): void {
    const old = this.ended.get(id);
    this.ended.delete(id);
    if (old?.state === "failed" && old.keptUntilMs * 1000 > nowUs) this.ended.set(`${id}~${old.endedMs}`, old);
  }

  end(job: ModelJob, state: ModelEnded["state"], keepMs: number, nowUs: number): void {
    this.jobs.delete(job.id);
    if (keepMs === 0) return;
    const endedMs = Math.ceil(nowUs / 1000);
    this.ended.set(job.id, { state, payload: job.payload, endedMs, keptUntilMs: endedMs + keepMs });
  }
}

export class Model {
  readonly queues = new Map<string, ModelQueue>();
  accepted = 0;
  finished = 0;
  dead = 0;
  removed = 0;
  #sequence = 0;

  queue(id: string, nowUs: number): ModelQueue {
    const queue = this.queues.get(id) ?? new ModelQueue(id);
    this.queues.set(id, queue);
    queue.settle(nowUs);
    return queue;
  }

  enqueue(job: NewJob, nowUs: number): { outcome: "queued" | "duplicate" | "full"; waiting: number } {
    const queue = this.queue(job.queueId, nowUs);
    const waiting = queue.waiting.length;
    if (queue.jobs.has(job.jobId)) return { outcome: "duplicate", waiting };
    if (job.maxQueuedLength !== undefined && waiting >= job.maxQueuedLength) return { outcome: "full", waiting };
    if (job.intervalMs !== undefined && job.intervalMs !== queue.intervalMs) {
      queue.intervalMs = job.intervalMs;
      queue.explicit = false;
    }
    queue.makeWay(job.jobId, nowUs);
    this.#sequence += 1;
    const delayed = (job.delayMs ?? 0) > 0;
    const stored: ModelJob = {
      id: job.jobId,
      payload: job.payload,
      sequence: this.#sequence,
      priority: job.priority ?? 0,
      dueUs: delayed ? Math.ceil(nowUs / 1000 + (job.delayMs ?? 0)) * 1000 : nowUs,
      available: false,
      remaining: job.requeueLimit ?? -1,
      attempts: 0,
      leaseMs: job.leaseMs ?? LEASE_MS,
      retainMs: job.retainMs ?? 0,
      lease: null,
    };
    if (!delayed) queue.makeAvailable(stored, nowUs);
    queue.jobs.set(stored.id, stored);
    this.accepted += 1;
    return { outcome: "queued", waiting };
  }

  /** Dispatches like one call at `nowUs`; the tokens are those that the engine made up. */
  dequeue(count: number, only: string | undefined, tokens: string[], nowUs: number): ModelDispatch[] {
    const dispatches: ModelDispatch[] = [];
    while (dispatches.length < count) {
      const atUs = nowUs + dispatches.length;
      const queue = this.#next(only, atUs);
      if (!queue) break;
      const [job] = queue.available.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence);
      if (!job) throw new Error("A ready queue has no job");
      job.available = false;
      job.attempts += 1;
      job.lease = { token: tokens[dispatches.length] ?? "", endsMs: Math.ceil(atUs / 1000) + job.leaseMs };
      queue.lastUs = atUs;
      dispatches.push({
        queueId: queue.id,
        jobId: job.id,
        payload: job.payload,
        leaseExpiresAtMs: job.lease.endsMs,
        attempt: job.attempts,
        requeuesRemaining: job.remaining,
        waiting: queue.waiting.length,
      });
    }
    return dispatches;
  }

  nextReadyInMs(only: string | undefined, nowUs: number): number | null {
    const times = this.#some(only, nowUs).flatMap((queue) => queue.readyAtUs() ?? []);
    return times.length === 0 ? null : Math.max(0, Math.ceil((Math.min(...times) - nowUs) / 1000));
  }

  finish(queueId: string, jobId: string, token: string | undefined, nowUs: number): string {
    const queue = this.queue(queueId, nowUs);
    const job = queue.jobs.get(jobId);
    if (!job?.lease) return "not_active";
    if (token !== undefined && token !== job.lease.token) return "stale_lease";
    queue.end(job, "finished", job.retainMs, nowUs);
    this.finished += 1;
    return "finished";
  }

  setInterval(queueId: string, intervalMs: number, nowUs: number): string {
    const queue = this.queue(queueId, nowUs);
    if (queue.isGone(nowUs)) return "unknown_queue";
    queue.intervalMs = intervalMs;
    queue.explicit = true;
    return "set";
  }

  clear(queueId: string, purge: boolean, nowUs: number): number {
    const queue = this.queue(queueId, nowUs);
    const waiting = queue.waiting;
    for (const job of waiting) queue.jobs.delete(job.id);
    this.removed += waiting.length;
    if (purge) {
      queue.explicit = false;
      queue.ended.clear();
    }
    return waiting.length;
  }

  sweep(nowUs: number): { requeued: number; dead: number; dropped: number } {
    const done = { requeued: 0, dead: 0, dropped: 0 };
    for (const queue of this.#some(undefined, nowUs)) {
      for (const [id, { keptUntilMs }] of queue.ended) {
        if (keptUntilMs * 1000 <= nowUs && queue.ended.delete(id)) done.dropped += 1;
      }
      for (const job of queue.active.filter(({ lease }) => lease && lease.endsMs * 1000 <= nowUs)) {
        job.lease = null;
        if (job.remaining === 0) {
          queue.end(job, "failed", DEAD_MS, nowUs);
          done.dead += 1;
        } else {
          job.remaining = Math.max(job.remaining - 1, -1);
          queue.makeAvailable(job, nowUs);
          done.requeued += 1;
        }
      }
    }
    this.dead += done.dead;
    return done;
  }

  #some(only: string | undefined, nowUs: number): ModelQueue[] {
    for (const queue of this.queues.values()) queue.settle(nowUs);
    return [...this.queues.values()].filter((queue) => only === undefined || queue.id === only);
  }

  /** The ready queue that has been ready for longest; of several the one dispatched least recently, then by name. */
  #next(only: string | undefined, nowUs: number): ModelQueue | undefined {
    const ready = this.#some(only, nowUs).filter((queue) => (queue.readyAtUs() ?? Number.POSITIVE_INFINITY) <= nowUs);
    const order = (a: ModelQueue, b: ModelQueue) =>
      (a.readyAtUs() ?? 0) - (b.readyAtUs() ?? 0) || (a.lastUs ?? 0) - (b.lastUs ?? 0) || (a.id < b.id ? -1 : 1);
    return ready.sort(order)[0];
  }
}
