import Type, { type Static } from "typebox";
import { JOB_STATES } from "../../../../engine/types.js";
import * as value from "./values.js";

/** Jobs, as they are given, handed out and shown. */

export const jobState = value.oneOf(JOB_STATES, {
  description: "`failed` is a dead letter; the last three are ended.",
});

const which = { job_id: value.jobId, queue_type: value.queueType, queue_id: value.queueId, state: jobState };
const details = {
  error: value.nullable(Type.String({ description: "Why its last attempt failed, or it ended so." })),
  progress: value.nullable(value.progress),
  priority: value.priority,
  tags: value.tags,
  attempts: value.count,
  requeues_remaining: value.requeueLimit,
  worker: value.nullable(Type.String({ description: "Who took it last." })),
  cancel_requested: Type.Boolean({ description: "Its worker is to stop." }),
  enqueued_at: value.time("Its enqueue."),
  due_at: value.nullable(value.time("From when it may be dispatched.")),
  deadline: value.nullable(value.time("Not dispatched for the first time by then, it becomes a dead letter.")),
  started_at: value.nullable(value.time("Its latest dispatch.")),
  heartbeat_at: value.nullable(value.time("Its latest heartbeat.")),
  ended_at: value.nullable(value.time("Its end.")),
  lease_expires_at: value.nullable(value.time("The end of its lease.")),
  expires_at: value.nullable(value.time("Until when it is kept after its end.")),
  restarted_from: value.nullable(value.jobId),
  restarted_as: value.nullable(value.jobId),
};
const inLists = { ...which, ...details };
const whole = { ...which, payload: value.json, output: value.json, ...details };

export const jobSummary = value.object(inLists, {
  title: "JobSummary",
  description: "A job in a list: without its payload and its output. What is not set is `null`.",
});
export const job = value.object(whole, { title: "Job", description: "A job as it is now. What is not set is `null`." });
export const jobPart = value.partial(whole, {
  title: "JobPart",
  description: "Those fields of a job that were asked for.",
});
export const claimedJob = value.object(
  { ...whole, lease: value.lease },
  { title: "ClaimedJob", description: "A job with the token of the lease that this started." },
);
export type JobField = keyof Static<typeof job>;
export const JOB_FIELDS = Object.keys(whole) as JobField[];

const given = {
  job_id: Type.Optional(value.newJobId),
  payload: value.json,
  interval: Type.Optional(value.interval),
  requeue_limit: Type.Optional(value.requeueLimit),
  retry_delays: Type.Optional(value.retryDelays),
  expire: Type.Optional(value.duration("Length of its leases.", 1)),
  max_runtime: Type.Optional(value.duration("How long one attempt may take, whatever its heartbeats say.", 1)),
  delay: Type.Optional(value.duration("How long from now it is not dispatched.")),
  due_at: Type.Optional(value.givenTime("From when it may be dispatched, in place of `delay`.")),
  deadline: Type.Optional(value.givenTime("Not dispatched for the first time by then, it becomes a dead letter.")),
  priority: Type.Optional(value.priority),
  tags: Type.Optional(value.tags),
  retain: Type.Optional(value.duration("How long it is kept after its end.")),
};
const oneDueTime = { not: { type: "object", required: ["delay", "due_at"], description: "both `delay` and `due_at`" } };

export const newJob = value.object(given, { title: "NewJob", ...oneDueTime });
export const newJobOfBatch = value.object(
  { queue_id: value.queueId, ...given },
  { title: "NewJobOfBatch", description: "A job that names its queue itself.", ...oneDueTime },
);

export const dispatch = value.object(
  {
    job_id: value.jobId,
    queue_id: value.queueId,
    payload: value.json,
    lease: value.lease,
    attempt: Type.Integer({ minimum: 1 }),
    lease_expires_at: value.time("The end of the lease."),
    requeues_remaining: value.requeueLimit,
    deadline: value.nullable(value.time("Its deadline.")),
  },
  { title: "Dispatch", description: "A job handed to a worker, with the lease that this started." },
);

export const logLevel = Type.String({ pattern: "^[A-Za-z]{1,20}$", description: "1 to 20 letters." });
const LONGEST_MESSAGE = 8192;
const MOST_LINES = 1000;
/** Lines that are too long or too many are answered with 413. */
const tooLarge = { "x-status": 413 };
export const logLine = value.object(
  { at: value.time("When it was written."), level: logLevel, message: Type.String() },
  { title: "LogLine" },
);
const newLogLine = value.object(
  {
    at: Type.Optional(value.givenTime("When it was written; now unless given.")),
    level: Type.Optional(logLevel),
    message: Type.String({ maxLength: LONGEST_MESSAGE, ...tooLarge }),
  },
  { title: "NewLogLine", description: "The `level` is `info` unless given." },
);
/** Checked as the one or the other, so that errors name the fields of what was sent. */
export const oneOrMoreLines = {
  one: newLogLine,
  list: Type.Array(newLogLine, { minItems: 1, maxItems: MOST_LINES, ...tooLarge }),
};
