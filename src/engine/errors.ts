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
  /** Redis can't be reached or can't serve now; the same call may work a moment later. */
  | "unavailable";

/** A refusal of the engine. `waiting` is the number of waiting jobs, given with `queue_full`. */
export class SharqError extends Error {
  readonly code: SharqErrorCode;
  readonly waiting: number | undefined;

  constructor(code: SharqErrorCode, message: string, more: { cause?: unknown; waiting?: number } = {}) {
    super(message, { cause: more.cause });
    this.name = "SharqError";
    this.code = code;
    this.waiting = more.waiting;
  }
}
