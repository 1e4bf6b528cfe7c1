import { Engine, type EngineOptions } from "../../src/engine/engine.js";
import type { NewJob } from "../../src/engine/types.js";
import type { VirtualClock } from "./virtual-clock.js";

export const LEASE_MS = 1000;
export const DEAD_MS = 5000;

/** An engine in virtual time. */
export function engineOn(
  redis: EngineOptions["redis"],
  clock: VirtualClock,
  more: Partial<EngineOptions> = {},
): Engine {
  return new Engine({
    redis,
    keyPrefix: "test",
    leaseMs: LEASE_MS,
    requeueLimit: -1,
    deadLetterRetentionMs: DEAD_MS,
    virtualClock: clock.read,
    ...more,
  });
}

/** A job of queue type `sms`; its payload tells which job it is. */
export function job(queueId: string, jobId: string, more: Partial<NewJob> = {}): NewJob {
  return { queueType: "sms", queueId, jobId, payload: JSON.stringify({ is: jobId }), intervalMs: 0, ...more };
}

/** Takes jobs until none is ready, a microsecond of time a job; returns their ids in order. */
export async function drain(engine: Engine, clock: VirtualClock, queueType = "sms"): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { dispatches } = await engine.dequeue(queueType, { count: 50 });
    if (dispatches.length === 0) return ids;
    clock.passUs(dispatches.length);
    ids.push(...dispatches.map((dispatch) => dispatch.jobId));
  }
}
