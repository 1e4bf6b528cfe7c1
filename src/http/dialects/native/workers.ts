import Type, { type Static } from "typebox";
import type { FinishOutcome, LeaseRef } from "../../../engine/types.js";
import type { Refused } from "../../batch.js";
import { answerEach, invalid, resultsSchema } from "./batches.js";
import { batchBody, jsonBody, type Parsed } from "./bodies.js";
import { operation } from "./operation.js";
import { dispatchText } from "./output.js";
import { outputErrors, outputIn } from "./outputs.js";
import { dispatch } from "./schemas/job.js";
import { duration, jobId, json, lease, nullable, object, oneOf, queueId, worker } from "./schemas/values.js";

/** How workers take jobs and give them back, several at once. */

const tag = "Workers";
const MOST_FINISHES = 1000;
const demand = object(
  {
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 1, description: "Jobs at the most." })),
    wait: Type.Optional(duration("How long to wait for a first job when none is ready.", 0, 60_000)),
    queue_id: Type.Optional(queueId),
    worker: Type.Optional(worker),
  },
  { title: "Demand" },
);
const dispatches = object({
  jobs: Type.Array(dispatch),
  next_ready_in: nullable(
    Type.Integer({ minimum: 0, description: "With no jobs: milliseconds until a queue is ready, if one is coming." }),
  ),
});
const doneJob = object(
  { queue_id: queueId, job_id: jobId, lease: Type.Optional(lease), output: Type.Optional(json) },
  { title: "DoneJob" },
);
const outcome = object(
  { status: oneOf(["finished", "not_active", "stale_lease"]), job_id: jobId, queue_id: queueId },
  { title: "FinishResult", description: "With the last two, nothing was changed." },
);

export const workerOperations = [
  operation("POST", "/types/{type}/dequeue", {
    id: "dequeue",
    tag,
    summary: "Takes jobs from the queues that are ready",
    description: "Of all queues of the type, or of the one that `queue_id` names. No job at all is an answer as well.",
    body: jsonBody(demand, { required: false }),
    answers: { 200: { description: "The jobs.", schema: dispatches } },
    async handle(engine, { params, body: { value }, whenClosed }) {
      const { count, wait: waitMs, queue_id: queueId, worker: who } = value;
      const asked = { count, waitMs, queueId, worker: who, whenGone: whenClosed };
      const { dispatches: taken, nextReadyInMs } = await engine.dequeue(params.type, asked);
      return { status: 200, body: `{"jobs":[${taken.map(dispatchText).join(",")}],"next_ready_in":${nextReadyInMs}}` };
    },
  }),

  operation("POST", "/types/{type}/finish", {
    id: "finishMany",
    tag,
    summary: "Finishes up to 1 000 jobs",
    description: "It is not all or nothing: each job has an outcome of its own, in order.",
    body: batchBody(doneJob, MOST_FINISHES),
    answers: { 200: { description: "What became of each.", schema: resultsSchema(outcome) } },
    handle: (engine, { params, body }) =>
      answerEach(body, readDone, (leases) => engine.finishAll(params.type, leases), outcomeBody),
  }),
];

function readDone({ value, text }: Parsed<Static<typeof doneJob>>): LeaseRef | Refused {
  const output = outputIn(text);
  const errors = outputErrors(output);
  if (errors.length > 0) return invalid(value, errors);
  return { queueId: value.queue_id, jobId: value.job_id, lease: value.lease, output };
}

function outcomeBody(status: FinishOutcome, { jobId: job_id, queueId: queue_id }: LeaseRef): Static<typeof outcome> {
  return { status, job_id, queue_id };
}
