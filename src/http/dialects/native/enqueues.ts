import { randomUUID } from "node:crypto";
import type { Static } from "typebox";
import type { Enqueued, NewJob } from "../../../engine/types.js";
import { jsonMember } from "../../json-member.js";
import { answerEach, resultsSchema } from "./batches.js";
import { batchBody, jsonBody, type Parsed } from "./bodies.js";
import { operation } from "./operation.js";
import { jobPath, jobReply } from "./output.js";
import { queueRef } from "./refs.js";
import { job, newJob, newJobOfBatch } from "./schemas/job.js";
import { jobId, object, oneOf, queueId } from "./schemas/values.js";

/** How jobs come in. */

const tag = "Jobs";
const MOST_JOBS = 1000;
const location = { Location: "Path of the job." };
const outcome = object(
  { status: oneOf(["queued", "duplicate", "full"]), job_id: jobId, queue_id: queueId },
  { title: "EnqueueResult", description: "`duplicate`: the id lives already; `full`: the queue's `max_length`." },
);

/** `prefix` is where the API is mounted. */
export const enqueueOperations = (prefix: string) => [
  operation("POST", "/types/{type}/queues/{queue}/jobs", {
    id: "enqueue",
    tag,
    summary: "Enqueues a job",
    description: "Without a `job_id` it gets one. A queue needs no set-up: it is there with its first job.",
    body: jsonBody(newJob),
    answers: {
      201: { description: "The job is stored.", schema: job, headers: location },
      200: { description: "The id lives in the queue already; nothing was changed.", schema: job },
    },
    refusals: ["queue_full"],
    async handle(engine, { params, body }) {
      const submitted = await engine.jobs.submit({ ...queueRef(params), ...jobOf(body) });
      if (submitted.outcome === "duplicate") return jobReply(200, submitted.job);
      return jobReply(201, submitted.job, { Location: jobPath(prefix, submitted.job) });
    },
  }),

  operation("POST", "/types/{type}/jobs", {
    id: "enqueueMany",
    tag,
    summary: "Enqueues up to 1 000 jobs",
    description: "It is not all or nothing: each job has an outcome of its own, in order.",
    body: batchBody(newJobOfBatch, MOST_JOBS),
    answers: { 200: { description: "What became of each.", schema: resultsSchema(outcome) } },
    handle(engine, { params: { type: queueType }, body }) {
      const read = (item: Parsed<Static<typeof newJobOfBatch>>): NewJob => {
        return { queueType, queueId: item.value.queue_id, ...jobOf(item) };
      };
      return answerEach(body, read, (jobs) => engine.enqueueAll(queueType, jobs), outcomeBody);
    },
  }),
];

/** What a producer gave, as the engine calls it; the payload is cut out of the text. */
function jobOf({ value, text }: Parsed<Static<typeof newJob>>): Omit<NewJob, "queueType" | "queueId"> {
  return {
    jobId: value.job_id ?? randomUUID(),
    payload: jsonMember(text, "payload") ?? "null",
    intervalMs: value.interval,
    requeueLimit: value.requeue_limit,
    retryDelaysMs: value.retry_delays,
    leaseMs: value.expire,
    maxRuntimeMs: value.max_runtime,
    delayMs: value.delay,
    dueAtMs: value.due_at,
    deadlineMs: value.deadline,
    priority: value.priority,
    tags: value.tags,
    retainMs: value.retain,
  };
}

function outcomeBody(
  { outcome: status }: Enqueued,
  { jobId: job_id, queueId: queue_id }: NewJob,
): Static<typeof outcome> {
  return { status, job_id, queue_id };
}
