import type { JobRef, QueueRef } from "../../../engine/types.js";

/** What a path names. */

export function queueRef({ type, queue }: { type: string; queue: string }): QueueRef {
  return { queueType: type, queueId: queue };
}

export function jobRef({ type, queue, job }: { type: string; queue: string; job: string }): JobRef {
  return { queueType: type, queueId: queue, jobId: job };
}
