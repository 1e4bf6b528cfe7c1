/** The engine's own terms. Durations are milliseconds, points in time are Unix epoch milliseconds of Redis's clock. */

/** A queue: one tenant or key (`queueId`) inside a class of work (`queueType`). */
export interface QueueRef {
  queueType: string;
  queueId: string;
}

export interface JobRef extends QueueRef {
  jobId: string;
}

/** A job as a producer gives it. */
export interface NewJob extends JobRef {
  /** JSON text; stored and handed out byte for byte, never parsed. */
  payload: string;
  /** The queue's interval from now on, ms. Left out: the queue keeps its own. */
  intervalMs?: number | undefined;
  /** How often the job may be requeued, -1 = without limit. Left out: the engine's default. */
  requeueLimit?: number | undefined;
  /** Time from now until the job is due, ms. */
  delayMs?: number | undefined;
  /** -1000 to 1000, higher first; 0 unless given. */
  priority?: number | undefined;
  /** Length of the job's leases, ms. Left out: the engine's default. */
  leaseMs?: number | undefined;
  /** How long the job stays readable after its end, ms. */
  retainMs?: number | undefined;
  /** Refuses the job when this many jobs wait in its queue already. */
  maxQueuedLength?: number | undefined;
}

/** What became of an enqueue; `waiting` is the number of jobs that waited in the queue before. */
export interface Enqueued {
  /**
   * `duplicate`: a job with this id lives in the queue already; `full`: the job's length limit is reached. With both,
   * nothing was changed.
   */
  outcome: "queued" | "duplicate" | "full";
  waiting: number;
}

/** What is asked for in a dequeue. */
export interface Demand {
  /** How many jobs at the most, 1 to 500; 1 unless given. */
  count?: number | undefined;
  /** The only queue to take from. */
  queueId?: string | undefined;
  /** How long to wait for a first job when none is ready, ms. */
  waitMs?: number | undefined;
  /** Notes what is to be called when the one who waits goes away: then nothing is taken. */
  whenGone?: ((listener: () => void) => void) | undefined;
}

/** A lease to end; without a token the current lease of the job is meant. */
export interface LeaseRef {
  queueId: string;
  jobId: string;
  lease?: string | undefined;
}

/**
 * `not_active`: no such job is active; `stale_lease`: the token is not the current lease's. With both, nothing was
 * changed.
 */
export type FinishOutcome = "finished" | "not_active" | "stale_lease";

/** A job handed to a worker, with the lease that this started. */
export interface Dispatch {
  queueId: string;
  jobId: string;
  payload: string;
  /** Token of the lease; opaque. */
  lease: string;
  leaseExpiresAtMs: number;
  /** 1 for the first dispatch of the job. */
  attempt: number;
  /** -1 = without limit. */
  requeuesRemaining: number;
  /** Jobs waiting in the queue after this dispatch. */
  waiting: number;
  /** Dispatch minus ready time, ms. */
  latenessMs: number;
}

export interface Dequeued {
  dispatches: Dispatch[];
  /** Only with no dispatches: time until the earliest queue is ready, ms; `null` when none is coming. */
  nextReadyInMs: number | null;
}

export type JobState = "scheduled" | "queued" | "active" | "finished" | "failed";

/** A job as it is now, living or kept after its end. */
export interface Job extends JobRef {
  state: JobState;
  payload: string;
  attempts: number;
  requeuesRemaining: number;
  enqueuedAtMs: number;
  lease: string | null;
  leaseExpiresAtMs: number | null;
  error: string | null;
  endedAtMs: number | null;
}

/** Events by minute, oldest first; each key is the start of a minute, epoch ms. Always ten entries. */
export type MinuteCounts = ReadonlyMap<number, number>;

export interface Counts {
  enqueues: MinuteCounts;
  dequeues: MinuteCounts;
}

export interface InstallationMetrics extends Counts {
  /** Types with waiting or active jobs. */
  queueTypes: string[];
}

export interface QueueMetrics extends Counts {
  /** Jobs waiting: queued and scheduled. */
  length: number;
}

/** What a step of a sweep did, in jobs: requeued, made dead letters, and ended ones dropped after their retention. */
export interface SweepStep {
  requeued: number;
  dead: number;
  dropped: number;
  /** Nothing was left to do at this moment. */
  complete: boolean;
}
