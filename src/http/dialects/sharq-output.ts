import type { Dispatch, Enqueued, FinishOutcome, MinuteCounts } from "../../engine/types.js";
import type { Reply } from "../route.js";

/** What the SHARQ dialect answers. */

export const QUEUE_FULL = "Max queue length reached";
export const LEASE_OVER = "The lease is over; the job may be another worker's";
const NOT_ACTIVE = "The job is not active";

export const SUCCESS = reply(200, { status: "success" });
export const QUEUED = reply(201, { status: "queued" });
export const FAILURE = { status: "failure" };

export function dispatchBody(dispatch: Dispatch): string {
  return `{"status":"success",${dispatchFields(dispatch)}}`;
}

/**
 * The fields of a JSON object. The payload goes in as the text it came as. Job id and token need no escaping; a queue's
 * id does, because other dialects allow more characters in it.
 */
function dispatchFields(dispatch: Dispatch): string {
  const { queueId, jobId, payload, requeuesRemaining, waiting, lease, attempt, leaseExpiresAtMs } = dispatch;
  return (
    `"queue_id":${JSON.stringify(queueId)},"job_id":"${jobId}","payload":${payload},"requeues_remaining":${requeuesRemaining},` +
    `"current_queue_length":${waiting},"lease":"${lease}","attempt":${attempt},"lease_expires_at":${leaseExpiresAtMs}`
  );
}

export function dispatchesBody(dispatches: readonly Dispatch[]): string {
  const jobs = dispatches.map((dispatch) => `{${dispatchFields(dispatch)}}`);
  return `{"status":"success","jobs":[${jobs.join(",")}]}`;
}

export function enqueuedBody({ outcome, waiting }: Enqueued, { limited }: { limited: boolean }): object {
  if (outcome === "duplicate") return { status: "queued", duplicate: true };
  const length = limited ? { current_queue_length: waiting } : {};
  return outcome === "full" ? { ...FAILURE, message: QUEUE_FULL, ...length } : { status: "queued", ...length };
}

export function finishedBody(outcome: FinishOutcome): object {
  if (outcome === "finished") return { status: "success" };
  return { ...FAILURE, message: outcome === "stale_lease" ? LEASE_OVER : NOT_ACTIVE };
}

export function countsBody(enqueues: MinuteCounts, dequeues: MinuteCounts) {
  return { enqueue_counts: Object.fromEntries(enqueues), dequeue_counts: Object.fromEntries(dequeues) };
}

export function reply(status: number, body: object): Reply {
  return { status, body: JSON.stringify(body) };
}
