import { type Reply, job as readJob } from "../scripts/replies.js";
import { JOB_STATES, type Job, type JobState, type LogLine } from "../types.js";

/** A change of a job, as scripts tell it; see `lua/lib/tell.lua`. */
export interface Change {
  queueId: string;
  jobId: string;
  atMs: number;
  what:
    | { kind: "state"; state: JobState; job: Job | null }
    | { kind: "removed" }
    | { kind: "progress"; progress: number }
    /** `total` lines the log has had so far; the last of them, or none. */
    | { kind: "log"; total: number; lines: LogLine[] };
}

/** Reads a message: the tag of a partition and its changes. `null` for what is no such message. */
export function readChanges(message: string, queueTypeOf: (tag: string) => string | undefined) {
  try {
    const [tag, changes] = JSON.parse(message) as [string, [string, string, string, number, unknown?][]];
    const queueType = queueTypeOf(tag);
    if (queueType === undefined) return null;
    return { tag, queueType, changes: changes.map((change) => readChange(queueType, change)) };
  } catch {
    // Whoever may publish on the channel could send anything, and a newer server may tell of more than this one knows.
    return null;
  }
}

function readChange(queueType: string, change: [string, string, string, number, unknown?]): Change {
  const [queueId, jobId, what, atMs, value] = change;
  return { queueId, jobId, atMs, what: readWhat(queueType, what, value) };
}

function readWhat(queueType: string, what: string, value: unknown): Change["what"] {
  if (what === "removed") return { kind: "removed" };
  if (what === "progress") return { kind: "progress", progress: Number(value) };
  if (what === "log") {
    const [total, ...lines] = value as [number, ...string[]];
    return { kind: "log", total, lines: lines.map(readLogLine) };
  }
  const state = JOB_STATES.find((each) => each === what);
  if (!state) throw new Error(`A script told a change to ${what}`);
  return { kind: "state", state, job: value ? readJob(queueType, value as Reply) : null };
}

/** A line of a log as it is stored: "<time, ms> <level> <message>". */
export function readLogLine(line: string): LogLine {
  const [, at, level = "", message = ""] = /^(\d+) (\S+) ([\s\S]*)$/.exec(line) ?? [];
  return { atMs: Number(at), level, message };
}
