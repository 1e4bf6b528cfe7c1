import type { Static } from "typebox";
import type {
  Dispatch,
  Job,
  JobRef,
  LogLine,
  Page,
  QueueStatus,
  TypeSettings,
  TypeStatus,
} from "../../../engine/types.js";
import type { Reply } from "../../route.js";
import { JOB_DEFAULTS, onWire, QUEUE_DEFAULTS, TYPE_SETTINGS } from "./renaming.js";
import { type dispatch, JOB_FIELDS, type JobField, type jobSummary, type logLine } from "./schemas/job.js";
import type { queue, type, typeSummary } from "./schemas/queue.js";

/** What the native API answers. Payloads and outputs go in as the text that they came as. */

export function reply(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body: JSON.stringify(body), headers };
}

/** The path of a job under `prefix`. */
export function jobPath(prefix: string, { queueType, queueId, jobId }: JobRef): string {
  return `${prefix}/types/${queueType}/queues/${encodeURIComponent(queueId)}/jobs/${encodeURIComponent(jobId)}`;
}

export function jobReply(status: number, shown: Job, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body: jobText(shown), headers };
}

/** A job as JSON text: all of it, or the fields that were asked for. */
export function jobText(shown: Job, fields: readonly JobField[] = JOB_FIELDS): string {
  return `{${membersOf(shown, fields).join(",")}}`;
}

export function claimedText(claimed: Job): string {
  return `{${membersOf(claimed, JOB_FIELDS).join(",")},"lease":${JSON.stringify(claimed.lease)}}`;
}

function membersOf(shown: Job, fields: readonly JobField[]): string[] {
  const plain: Record<string, unknown> = summaryOf(shown);
  const texts: Record<string, string | null> = { payload: shown.payload, output: shown.output };
  return fields.map(
    (field) => `"${field}":${field in texts ? (texts[field] ?? "null") : JSON.stringify(plain[field])}`,
  );
}

export function summaryOf(shown: Job): Static<typeof jobSummary> {
  return {
    job_id: shown.jobId,
    queue_type: shown.queueType,
    queue_id: shown.queueId,
    state: shown.state,
    error: shown.error,
    progress: shown.progress,
    priority: shown.priority,
    tags: shown.tags,
    attempts: shown.attempts,
    requeues_remaining: shown.requeuesRemaining,
    worker: shown.worker,
    cancel_requested: shown.cancelRequested,
    enqueued_at: shown.enqueuedAtMs,
    due_at: shown.dueAtMs,
    deadline: shown.deadlineMs,
    started_at: shown.startedAtMs,
    heartbeat_at: shown.heartbeatAtMs,
    ended_at: shown.endedAtMs,
    lease_expires_at: shown.leaseExpiresAtMs,
    expires_at: shown.keptUntilMs,
    restarted_from: shown.restartedFrom,
    restarted_as: shown.restartedAs,
  };
}

export function dispatchText({ payload, ...dispatched }: Dispatch): string {
  const plain: Omit<Static<typeof dispatch>, "payload"> = {
    job_id: dispatched.jobId,
    queue_id: dispatched.queueId,
    lease: dispatched.lease,
    attempt: dispatched.attempt,
    lease_expires_at: dispatched.leaseExpiresAtMs,
    requeues_remaining: dispatched.requeuesRemaining,
    deadline: dispatched.deadlineMs,
  };
  return `${JSON.stringify(plain).slice(0, -1)},"payload":${payload}}`;
}

export function logLineBody({ atMs, level, message }: LogLine): Static<typeof logLine> {
  return { at: atMs, level, message };
}

export function queueBody(shown: QueueStatus): Static<typeof queue> {
  return {
    queue_type: shown.queueType,
    queue_id: shown.queueId,
    length: shown.length,
    scheduled: shown.scheduled,
    active: shown.active,
    interval: shown.intervalMs,
    burst: shown.burst,
    concurrency: shown.concurrency,
    max_length: shown.maxLength,
    paused: shown.paused,
    pinned: shown.pinned,
    ready_at: shown.readyAtMs,
    state: shown.state,
  };
}

export function typeSummaryBody(shown: TypeStatus): Static<typeof typeSummary> {
  return {
    queue_type: shown.queueType,
    queued: shown.queued,
    scheduled: shown.scheduled,
    active: shown.active,
    dead: shown.dead,
    queues: shown.queues,
    oldest_ms: shown.oldestMs,
    enqueue_rate: shown.enqueueRate,
    dequeue_rate: shown.dequeueRate,
  };
}

export function typeBody(shown: TypeStatus & { settings: TypeSettings }): Static<typeof type> {
  const { settings } = shown;
  return {
    ...typeSummaryBody(shown),
    ...onWire(settings, TYPE_SETTINGS),
    queue_defaults: onWire(settings.queueDefaults, QUEUE_DEFAULTS),
    job_defaults: onWire(settings.jobDefaults, JOB_DEFAULTS),
  };
}

export function pageReply<Item>({ items, nextCursor }: Page<Item>, body: (item: Item) => object): Reply {
  return reply(200, { items: items.map(body), next_cursor: nextCursor });
}
