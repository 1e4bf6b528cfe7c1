import type { Counts, Dispatch, Job, JobRef } from "./types.js";

/** Reads the replies of scripts: flat lists of strings and integers, in the order that each script's header says. */

export type Reply = (string | number | null)[];

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 10;

/** Nine values a job, from the one at `from` on. */
export function dispatches(reply: Reply, from: number): Dispatch[] {
  const found: Dispatch[] = [];
  for (let at = from; at < reply.length; at += 9) {
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
    });
  }
  return found;
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
