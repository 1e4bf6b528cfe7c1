import type { JobState, NewJob, QueueSettings, QueueState, TypeSettings } from "../../src/engine/types.js";
import { DEAD_MS, LEASE_MS } from "./engines.js";

/** The parts of the model (see model.ts): jobs, and the queue they are in. Time in microseconds unless a name says ms. */

export interface ModelJob {
  id: string;
  asked: NewJob;
  sequence: number;
  priority: number;
  /** Time from which it may be dispatched. */
  dueUs: number;
  /** It is queued: its due time has come, and it is not active. */
  available: boolean;
  remaining: number;
  attempts: number;
  lease: { token: string; endsMs: number; latestMs: number } | null;
  cancel: boolean;
  error: string | null;
  progress: number | null;
  output: string | null;
  worker: string | null;
  restartedFrom: string | null;
  lines: number;
}

export interface ModelEnded {
  state: JobState;
  job: ModelJob;
  endedMs: number;
  keptUntilMs: number;
  restartedAs: string | null;
}

/** A rate: a leaky bucket of dispatches. */
export class ModelRate {
  lastUs: number | undefined;
  level = 1;

  nextUs(intervalMs: number, burst: number): number {
    if (this.lastUs === undefined) return 0;
    if (burst === 1) return this.lastUs + intervalMs * 1000;
    return this.lastUs + Math.max(0, Math.ceil((this.level - burst + 1) * intervalMs * 1000));
  }

  restedUs(intervalMs: number): number {
    return (this.lastUs ?? 0) + Math.ceil(Math.max(1, this.level) * intervalMs * 1000);
  }

  spend(atUs: number, intervalMs: number): void {
    const rested = intervalMs === 0 || this.lastUs === undefined;
    const passed = rested ? this.level : (atUs - (this.lastUs ?? 0)) / (intervalMs * 1000);
    this.level = Math.max(0, this.level - passed) + 1;
    this.lastUs = atUs;
  }
}

export class ModelQueue {
  readonly jobs = new Map<string, ModelJob>();
  readonly ended = new Map<string, ModelEnded>();
  readonly rate = new ModelRate();
  /** Whether its interval was set explicitly; one that came with a job goes when the queue has drained. */
  explicitInterval = false;
  own: QueueSettings = none();
  penaltyUs = 0;
  sinceUs = 0;

  constructor(
    readonly id: string,
    readonly defaults: TypeSettings["queueDefaults"],
  ) {}

  get intervalMs(): number {
    return this.own.intervalMs ?? this.defaults.intervalMs ?? 0;
  }

  get burst(): number {
    return this.own.burst ?? this.defaults.burst ?? 1;
  }

  get concurrency(): number {
    return this.own.concurrency ?? this.defaults.concurrency ?? Number.POSITIVE_INFINITY;
  }

  get maxLength(): number {
    return this.own.maxLength ?? this.defaults.maxLength ?? Number.POSITIVE_INFINITY;
  }

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

  get isFull(): boolean {
    return this.active.length >= this.concurrency;
  }

  get explicit(): boolean {
    const { burst, concurrency, maxLength, paused, pinned } = this.own;
    return this.explicitInterval || [burst, concurrency, maxLength, paused, pinned].some((value) => value !== null);
  }

  /** Time until which a drained queue is remembered. */
  get neededUs(): number {
    return Math.max(this.rate.restedUs(this.intervalMs), this.penaltyUs);
  }

  /** Nothing of the queue is left but perhaps ended jobs. */
  isGone(nowUs: number): boolean {
    return this.jobs.size === 0 && !this.explicit && this.neededUs <= nowUs;
  }

  readyAtUs(): number | undefined {
    const dueUs = this.scheduled.map((job) => job.dueUs);
    const thereUs = this.available.length > 0 ? this.sinceUs : Math.min(...dueUs);
    if (thereUs === Number.POSITIVE_INFINITY || this.own.paused || this.isFull) return undefined;
    const { lastUs } = this.rate;
    const nextUs = lastUs === undefined ? 0 : Math.max(this.rate.nextUs(this.intervalMs, this.burst), lastUs + 1);
    return Math.max(thereUs, nextUs, this.penaltyUs);
  }

  /** Why it is not dispatched, its type aside. */
  state(nowUs: number): QueueState {
    const readyAtUs = this.readyAtUs();
    if (this.waiting.length === 0) return "empty";
    if (readyAtUs === undefined) return this.own.paused ? "paused" : "full";
    if (readyAtUs <= nowUs) return "ready";
    const dueUs = Math.min(...this.scheduled.map((job) => job.dueUs));
    return this.available.length === 0 && dueUs === readyAtUs ? "scheduled" : "spacing";
  }

  makeAvailable(job: ModelJob, fromUs: number): void {
    if (this.available.length === 0) this.sinceUs = fromUs;
    job.available = true;
  }

  /** Lets everything happen that happens by time alone. */
  settle(nowUs: number): void {
    if (this.isGone(nowUs)) {
      this.own = none();
      this.rate.level = 1;
      this.penaltyUs = 0;
    }
    const due = this.scheduled.filter((job) => job.dueUs <= nowUs).sort((a, b) => a.dueUs - b.dueUs);
    for (const job of due) this.makeAvailable(job, job.dueUs);
  }

  /** A new job takes the id of an ended one: a dead letter that is still kept moves aside. */
  makeWay(id: string, nowUs: number): void {
    const old = this.ended.get(id);
    this.ended.delete(id);
    if (old?.state !== "failed" || old.keptUntilMs * 1000 <= nowUs) return;
    let atMs = old.endedMs;
    while (this.ended.has(`${id}~${atMs}`)) atMs += 1;
    this.ended.set(`${id}~${atMs}`, old);
  }

  /** Has a job wait again. */
  requeue(job: ModelJob, delayMs: number, nowUs: number): void {
    job.lease = null;
    if (delayMs === 0) {
      this.makeAvailable(job, nowUs);
    } else {
      job.available = false;
      job.dueUs = Math.ceil(nowUs / 1000 + delayMs) * 1000;
    }
  }

  end(job: ModelJob, state: JobState, nowUs: number): void {
    this.jobs.delete(job.id);
    job.lease = null;
    const retainMs = job.asked.retainMs ?? 0;
    const keepMs = state === "failed" ? Math.max(DEAD_MS, retainMs) : retainMs;
    if (keepMs === 0) return;
    const endedMs = Math.ceil(nowUs / 1000);
    this.ended.set(job.id, { state, job, endedMs, keptUntilMs: endedMs + keepMs, restartedAs: null });
  }

  dispatch(job: ModelJob, token: string, worker: string | null, atUs: number): void {
    job.available = false;
    job.attempts += 1;
    job.progress = null;
    job.worker = worker;
    const startMs = Math.ceil(atUs / 1000);
    const latestMs = startMs + (job.asked.maxRuntimeMs ?? Number.POSITIVE_INFINITY);
    job.lease = { token, endsMs: Math.min(startMs + (job.asked.leaseMs ?? LEASE_MS), latestMs), latestMs };
    this.rate.spend(atUs, this.intervalMs);
  }
}

function none(): QueueSettings {
  return { intervalMs: null, burst: null, concurrency: null, maxLength: null, paused: null, pinned: null };
}
