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
  /** How often the job may be requeued, -1 = without limit. Left out: its type's default, else the engine's. */
  requeueLimit?: number | undefined;
  /** Time from now until the job is due, ms. */
  delayMs?: number | undefined;
  /** When the job is due, in place of `delayMs`. */
  dueAtMs?: number | undefined;
  /** -1000 to 1000, higher first; 0 unless given. */
  priority?: number | undefined;
  /** Length of the job's leases, ms. Left out: its type's default, else the engine's. */
  leaseMs?: number | undefined;
  /** How long the job stays readable after its end, ms. Left out: its type's default, else not at all. */
  retainMs?: number | undefined;
  /** Refuses the job when this many jobs wait in its queue already. */
  maxQueuedLength?: number | undefined;
  /** How long the job waits after its first, second, ... failed attempt, ms; the last one holds for all that follow. */
  retryDelaysMs?: readonly number[] | undefined;
  /** How long one attempt may take, whatever its heartbeats say, ms. */
  maxRuntimeMs?: number | undefined;
  /** A job that was not dispatched for the first time by then becomes a dead letter. */
  deadlineMs?: number | undefined;
  /** What the job can be listed by. */
  tags?: readonly string[] | undefined;
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
  /** Who asks; kept with the job. */
  worker?: string | undefined;
}

/** A lease to end; without a token the current lease of the job is meant. */
export interface LeaseRef {
  queueId: string;
  jobId: string;
  lease?: string | undefined;
  /** What came of the job, JSON text; kept with a job that is retained. */
  output?: string | undefined;
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
  /** Epoch ms; `null` when the job has none. */
  deadlineMs: number | null;
}

export interface Dequeued {
  dispatches: Dispatch[];
  /** Only with no dispatches: time until the earliest queue is ready, ms; `null` when none is coming. */
  nextReadyInMs: number | null;
}

/** `failed` is a dead letter. The last three are ended states. */
export const JOB_STATES = ["scheduled", "queued", "active", "finished", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job as it is now, living or kept after its end. Times that have not come are `null`. */
export interface Job extends JobRef {
  state: JobState;
  /** JSON text; "" where a list leaves it out. */
  payload: string;
  /** JSON text. */
  output: string | null;
  /** Why its last attempt failed, or it ended so. */
  error: string | null;
  /** 0 to 1. */
  progress: number | null;
  priority: number;
  tags: readonly string[];
  attempts: number;
  /** -1 = without limit. */
  requeuesRemaining: number;
  /** Who took it last. */
  worker: string | null;
  enqueuedAtMs: number;
  dueAtMs: number | null;
  deadlineMs: number | null;
  /** Its latest dispatch. */
  startedAtMs: number | null;
  heartbeatAtMs: number | null;
  endedAtMs: number | null;
  /** Token of the current lease. */
  lease: string | null;
  leaseExpiresAtMs: number | null;
  /** End of its retention. */
  keptUntilMs: number | null;
  /** Its worker is to stop. */
  cancelRequested: boolean;
  /** Ids in the same queue. */
  restartedFrom: string | null;
  restartedAs: string | null;
}

/** One line of a job's log. */
export interface LogLine {
  atMs: number;
  level: string;
  message: string;
}

/** A lease to act on; without a token the current lease is meant. */
export interface LeaseToken {
  lease?: string | undefined;
}

export interface Heartbeat extends LeaseToken {
  /** The lease ends so long from now, ms. Left out: the length that the job's leases have. */
  extendMs?: number | undefined;
  /** 0 to 1. */
  progress?: number | undefined;
  /** JSON text. */
  output?: string | undefined;
}

export interface Completion extends LeaseToken {
  /** JSON text; kept with a job that is retained. */
  output?: string | undefined;
}

export interface Failure extends LeaseToken {
  error?: string | undefined;
  /** In place of the job's own retry delay, ms. */
  retryInMs?: number | undefined;
  /** A dead letter whatever requeues are left. */
  final?: boolean | undefined;
}

export interface NewLogLine extends Omit<LogLine, "atMs"> {
  /** Now, when left out. */
  atMs?: number | undefined;
}

/** Settings of a queue, each `null` where it has none of its own. */
export interface QueueSettings {
  intervalMs: number | null;
  /** Dispatches that a rested queue may do at once, 1 or more. */
  burst: number | null;
  /** Jobs that may be active at once, 1 or more. */
  concurrency: number | null;
  /** Jobs that may wait. */
  maxLength: number | null;
  paused: boolean | null;
  /** Whether the interval that enqueues carry is ignored. */
  pinned: boolean | null;
}

/** Limits for all queues of a type together, and defaults for its queues and jobs; `null` where there is none. */
export interface TypeSettings {
  intervalMs: number | null;
  burst: number | null;
  concurrency: number | null;
  paused: boolean | null;
  queueDefaults: Pick<QueueSettings, "intervalMs" | "burst" | "concurrency" | "maxLength">;
  jobDefaults: {
    leaseMs: number | null;
    requeueLimit: number | null;
    retryDelaysMs: readonly number[] | null;
    retainMs: number | null;
  };
}

type Changes<Settings> = { [Key in keyof Settings]?: Settings[Key] | undefined };

/** What is to change: members that are left out stay as they are, `null` takes a setting away. */
export type QueueChange = Changes<QueueSettings>;
export type TypeChange = Changes<Omit<TypeSettings, "queueDefaults" | "jobDefaults">> & {
  queueDefaults?: Changes<TypeSettings["queueDefaults"]> | undefined;
  jobDefaults?: Changes<TypeSettings["jobDefaults"]> | undefined;
};

/**
 * Why a queue is not dispatched: `spacing` until its ready time, by its rate or a penalty; `full`: as many jobs are
 * active as may be; `scheduled`: its first job is due at its ready time; `type_limited` and `type_paused`: it is ready
 * itself, and its type is not.
 */
export const QUEUE_STATES = [
  "ready",
  "spacing",
  "full",
  "paused",
  "scheduled",
  "empty",
  "type_limited",
  "type_paused",
] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

/** A queue as it is now, with the limits that hold for it, whoever set them. */
export interface QueueStatus extends QueueRef {
  /** Jobs waiting: queued and scheduled. */
  length: number;
  scheduled: number;
  active: number;
  intervalMs: number;
  burst: number;
  concurrency: number | null;
  maxLength: number | null;
  paused: boolean;
  pinned: boolean;
  /** When it may be dispatched next; `null` when nothing waits, or nobody knows. */
  readyAtMs: number | null;
  state: QueueState;
}

export interface TypeStatus {
  queueType: string;
  queued: number;
  scheduled: number;
  active: number;
  /** Dead letters that were not restarted. */
  dead: number;
  /** Queues with waiting jobs. */
  queues: number;
  /** How long the queue that is ready for longest has been so; `null` when none is ready. */
  oldestMs: number | null;
  /** Per second, over the last minute. */
  enqueueRate: number;
  dequeueRate: number;
}

/** A part of a list. It may hold fewer items than asked for, or none, although there are more. */
export interface Page<Item> {
  items: Item[];
  /** Where the next page begins; opaque. `null` after the last one. */
  nextCursor: string | null;
}

export interface PageDemand {
  /** Items at the most, 1 to 500. */
  limit: number;
  /** What the page before gave. */
  cursor?: string | undefined;
}

/** Which jobs of a type to list; of all states and queues unless given. */
export interface JobFilter {
  state?: JobState | undefined;
  queueId?: string | undefined;
  tag?: string | undefined;
  /** Part of a job id. */
  search?: string | undefined;
  /**
   * `oldest` unless given. By due time where jobs are scheduled, by end of the lease where they are active, by time of
   * the end where they have ended, by time of the enqueue where a tag is asked for. Queued jobs come queue by queue, each
   * in its own order.
   */
  order?: "oldest" | "newest" | undefined;
}

export interface QueueFilter {
  /** Part of a queue id. */
  search?: string | undefined;
  /** `ready`: by ready time, those that can't get ready by themselves last; `length`: the longest first. */
  order: "ready" | "length" | "name";
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

/**
 * What a step of a sweep did, in jobs: requeued, made dead letters, ended because they were to be cancelled, and ended
 * ones dropped after their retention.
 */
export interface SweepStep {
  requeued: number;
  dead: number;
  cancelled: number;
  dropped: number;
  /** Nothing was left to do at this moment. */
  complete: boolean;
}
