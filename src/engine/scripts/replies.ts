import { type Counts, type Dispatch, JOB_STATES, type Job, QUEUE_STATES, type QueueStatus } from "../types.js";

/** Reads the replies of scripts: flat lists of strings and integers, in the order that each script's header says. */

export type Reply = ReplyValue[];
export type ReplyValue = string | number | null | Reply;

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 10;

/** What a dequeue handed out: after three values, the deadlines of some, and then nine values a job. */
export function dispatches(reply: Reply): Dispatch[] {
  const found: Dispatch[] = [];
  for (let at = 4; at < reply.length; at += 9) {
    found.push({
      queueId: String(reply[at]),
      jobId: String(reply[at + 1]),
      payload: String(reply[at + 2]),
      lease: String(reply[at + 3]),
      leaseExpiresAtMs: Number(reply[at + 4]),
      attempt: Number(reply[at + 5]),
      requeuesRemaining: Number(reply[at + 6]),
      waiting: Number(reply[at + 7]),
      latenessMs: Number(reply[at + 8]),
      deadlineMs: null,
    });
  }
  const deadlines = reply[3] ? list(reply[3]) : [];
  for (let at = 0; at < deadlines.length; at += 2) {
    const dispatch = found[Number(deadlines[at]) - 1];
    if (dispatch) dispatch.deadlineMs = Number(deadlines[at + 1]);
  }
  return found;
}

/** A job, from names and values in turn; what is not there has no value. */
export function job(queueType: string, reply: unknown): Job {
  const of = members(reply);
  const number = (name: string) => numberOrNull(of.get(name));
  return {
    queueType,
    queueId: String(of.get("queue_id")),
    jobId: String(of.get("job_id")),
    state: word(of.get("state"), JOB_STATES),
    payload: text(of.get("payload")) ?? "",
    output: text(of.get("output")),
    error: text(of.get("error")),
    progress: number("progress"),
    priority: number("priority") ?? 0,
    tags: of.has("tags") ? list(of.get("tags")).map(String) : [],
    attempts: Number(of.get("attempts")),
    requeuesRemaining: Number(of.get("requeues_remaining")),
    worker: text(of.get("worker")),
    enqueuedAtMs: Number(of.get("enqueued_at")),
    dueAtMs: number("due_at"),
    deadlineMs: number("deadline"),
    startedAtMs: number("started_at"),
    heartbeatAtMs: number("heartbeat_at"),
    endedAtMs: number("ended_at"),
    lease: text(of.get("lease")),
    leaseExpiresAtMs: number("lease_expires_at"),
    keptUntilMs: number("expires_at"),
    cancelRequested: of.get("cancel") === "1",
    restartedFrom: text(of.get("restarted_from")),
    restartedAs: text(of.get("restarted_as")),
  };
}

/** A queue, from names and values in turn. */
export function queueStatus(queueType: string, reply: unknown): QueueStatus {
  const of = members(reply);
  return {
    queueType,
    queueId: String(of.get("queue_id")),
    length: Number(of.get("length")),
    scheduled: Number(of.get("scheduled")),
    active: Number(of.get("active")),
    intervalMs: Number(of.get("interval")),
    burst: Number(of.get("burst")),
    concurrency: numberOrNull(of.get("concurrency")),
    maxLength: numberOrNull(of.get("max_length")),
    paused: of.get("paused") === "1",
    pinned: of.get("pinned") === "1",
    readyAtMs: numberOrNull(of.get("ready_at")),
    state: word(of.get("state"), QUEUE_STATES),
  };
}

/** Names and values in turn. */
export function members(reply: unknown): Map<string, ReplyValue> {
  const flat = list(reply);
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1] ?? null] as const] : [])));
}

function text(value: ReplyValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

export function counts([firstMinute, ...values]: Reply): Counts {
  const window = (from: number) =>
    new Map(
      values
        .slice(from, from + WINDOW_MINUTES)
        .map((value, i) => [(Number(firstMinute) + i) * MINUTE_MS, Number(value)] as const),
    );
  return { enqueues: window(0), dequeues: window(WINDOW_MINUTES) };
}

export function list(reply: unknown): Reply {
  if (!Array.isArray(reply)) throw new Error(`A script returned ${typeof reply} where a list was expected`);
  return reply;
}

export function word<const W extends string>(value: unknown, words: readonly W[]): W {
  const found = words.find((candidate) => candidate === value);
  if (found === undefined) throw new Error(`A script returned ${String(value)}, expected one of ${words.join(", ")}`);
  return found;
}

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
