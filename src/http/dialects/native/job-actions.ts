import Type from "typebox";
import { emptyBody, jsonBody } from "./bodies.js";
import { operation } from "./operation.js";
import { jobPath, jobReply, reply } from "./output.js";
import { jobRef } from "./refs.js";
import { job } from "./schemas/job.js";
import { count, tag as jobTag, object, queueId } from "./schemas/values.js";

/** What anybody may do with a job, whoever works on it, and with dead letters. */

const tag = "Jobs";
const PATH = "/types/{type}/queues/{queue}/jobs/{job}";
const deadLetters = object(
  { queue_id: Type.Optional(queueId), tag: Type.Optional(jobTag) },
  { title: "DeadLetters", description: "Which ones; all of the type unless given." },
);

/** `prefix` is where the API is mounted. */
export const jobActionOperations = (prefix: string) => [
  operation("POST", `${PATH}/cancel`, {
    id: "cancelJob",
    tag,
    summary: "Ends a job that waits, or tells the worker of an active one to stop",
    body: emptyBody,
    answers: { 200: { description: "The job as it then is.", schema: job } },
    refusals: ["unknown_job", "wrong_state"],
    async handle(engine, { params }) {
      return jobReply(200, await engine.jobs.cancel(jobRef(params)));
    },
  }),

  operation("POST", `${PATH}/restart`, {
    id: "restartJob",
    tag,
    summary: "Enqueues an ended job anew, under a new id",
    description: "The two jobs point to each other by `restarted_from` and `restarted_as`.",
    body: emptyBody,
    answers: { 201: { description: "The new job.", schema: job, headers: { Location: "Path of the new job." } } },
    refusals: ["unknown_job", "wrong_state"],
    async handle(engine, { params }) {
      const restarted = await engine.jobs.restart(jobRef(params));
      return jobReply(201, restarted, { Location: jobPath(prefix, restarted) });
    },
  }),

  operation("DELETE", PATH, {
    id: "deleteJob",
    tag,
    summary: "Removes a job in whatever state it is, and all that belongs to it",
    answers: { 200: { description: "The job as it was.", schema: job } },
    refusals: ["unknown_job"],
    async handle(engine, { params }) {
      return jobReply(200, await engine.jobs.remove(jobRef(params)));
    },
  }),

  operation("POST", "/types/{type}/dead/restart", {
    id: "restartDead",
    tag,
    summary: "Restarts dead letters: all, or those of one queue or with one tag",
    body: jsonBody(deadLetters, { required: false }),
    answers: { 200: { description: "How many.", schema: object({ restarted: count }) } },
    async handle(engine, { params, body: { value: which } }) {
      const wanted = { queueId: which.queue_id, tag: which.tag };
      return reply(200, { restarted: await engine.jobs.restartDead(params.type, wanted) });
    },
  }),
];
