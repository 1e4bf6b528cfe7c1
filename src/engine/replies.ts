import type { Counts, Dispatch, Job, JobRef } from "./types.js";

/** Reads the replies of scripts: flat lists of strings and integers, in the order that each script's header says. */

export type Reply = (string | number | null)[];

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 10;

export function dispatch(values: Reply): Dispatch {
  const [queueId, jobId, payload, lease, leaseEnds, attempt, remaining, waiting, lateness] = values;
  return {
    queueId: String(queueId),
    jobId: String(jobId),
    payload: String(payload),
    lease: String(lease),
    leaseExpiresAtMs: Number(leaseEnds),
    attempt: Number(attempt),
    requeuesRemaining: Number(remaining),
    waiting: Number(waiting),
    latenessMs: Number(lateness),
  };
}

export function job(values: Reply): Omit<Job, keyof JobRef> {
  const [state, payload, attempts, remaining, enqueuedAt, lease, leaseEnds, error, endedAt] = values;
  return {
    state: word(state, ["scheduled", "queued", "active", "finished", "failed"]),
    payload: String(payload),
    attempts: Number(attempts),
    requeuesRemaining: Number(remaining),
    enqueuedAtMs: Number(enqueuedAt),
    lease: lease === "" ? null : String(lease),
    leaseExpiresAtMs: numberOrNull(leaseEnds),
    error: error === "" ? null : String(error),
    endedAtMs: numberOrNull(endedAt),
  };
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

export function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: items.length / size }, (_, i) => items.slice(i * size, (i + 1) * size));
}
