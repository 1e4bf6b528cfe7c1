import type { JobState } from "./types.js";

/**
 * Why the engine refused something. The set is closed: every dialect has a table from these codes to its own answers,
 * and the compiler refuses a table that lacks one.
 */
export type SharqErrorCode =
  /** A finish named a job that is not active. */
  | "not_active"
  /** A finish carried the token of a lease that is over. */
  | "stale_lease"
  /** A queue was named that does not exist. */
  | "unknown_queue"
  /** The queue's length limit is reached. */
  | "queue_full"
  /** There is no such job, living or kept. */
  | "unknown_job"
  /** The job's state does not allow it; `state` says which one it has. */
  | "wrong_state"
  /** The queue or its type is paused, full or under a penalty, so that the job can't be claimed. */
  | "not_dispatchable"
  /** A cursor that no list gave. */
  | "bad_cursor"
  /** A limit that can't be kept with the partitions of the type. */
  | "bad_limit"
  /** Redis can't be reached or can't serve now; the same call may work a moment later. */
  | "unavailable";

/**
 * A refusal of the engine. `waiting` is the number of waiting jobs, given with `queue_full`; `state` is the state of the
 * job, given with `wrong_state`; `limit` is the setting that is wrong, given with `bad_limit`.
 */
export class SharqError extends Error {
  readonly code: SharqErrorCode;
  readonly waiting: number | undefined;
  readonly state: JobState | undefined;
  readonly limit: "burst" | "concurrency" | undefined;

  constructor(
    code: SharqErrorCode,
    message: string,
    more: {
      cause?: unknown;
      waiting?: number | undefined;
      state?: JobState | undefined;
      limit?: "burst" | "concurrency";
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = "SharqError";
    this.code = code;
    this.waiting = more.waiting;
    this.state = more.state;
    this.limit = more.limit;
  }
}
