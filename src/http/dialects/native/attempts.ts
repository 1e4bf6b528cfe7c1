import Type from "typebox";
import { jsonBody } from "./bodies.js";
import { operation } from "./operation.js";
import { claimedText, jobReply } from "./output.js";
import { goodOutputIn } from "./outputs.js";
import { jobRef } from "./refs.js";
import { claimedJob, job } from "./schemas/job.js";
import * as value from "./schemas/values.js";

/** What a worker does with one job: an attempt at it, from taking it to its end. */

const tag = "Workers";
const PATH = "/types/{type}/queues/{queue}/jobs/{job}";
const done = { 200: { description: "The job as it then is, also when it is kept no longer.", schema: job } };
const token = { lease: Type.Optional(value.lease) };
const output = { output: Type.Optional(value.json) };
const ofActive = ["unknown_job", "wrong_state", "stale_lease"] as const;
const optional = { required: false };

const error = Type.String({
  maxLength: 10_000,
  pattern: "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f]*$",
  description: "Why; no control characters but line feeds and tabs.",
});
const failure = value.object(
  {
    ...token,
    error: Type.Optional(error),
    retry_in: Type.Optional(value.duration("In place of the job's own retry delay.")),
    final: Type.Optional(Type.Boolean({ description: "A dead letter, whatever requeues are left." })),
  },
  { title: "Failure" },
);
const heartbeat = value.object(
  {
    ...token,
    extend: Type.Optional(value.duration("The lease ends so long from now; by the job's own length unless given.", 1)),
    progress: Type.Optional(value.progress),
    ...output,
  },
  { title: "Heartbeat" },
);

export const attemptOperations = [
  operation("POST", `${PATH}/claim`, {
    id: "claimJob",
    tag,
    summary: "Takes this very job, whatever its place and its queue's spacing",
    body: jsonBody(value.object({ worker: Type.Optional(value.worker) }, { title: "Claim" }), optional),
    answers: { 200: { description: "The job, with its lease.", schema: claimedJob } },
    refusals: ["unknown_job", "wrong_state", "not_dispatchable"],
    async handle(engine, { params, body }) {
      return { status: 200, body: claimedText(await engine.jobs.claim(jobRef(params), body.value.worker)) };
    },
  }),

  operation("POST", `${PATH}/heartbeat`, {
    id: "heartbeat",
    tag,
    summary: "Prolongs the lease of an active job, and tells how far it is",
    description: "`cancel_requested` in the answer says that the worker is to stop.",
    body: jsonBody(heartbeat, optional),
    answers: done,
    refusals: ofActive,
    async handle(engine, { params, body: { value: beat, text } }) {
      const told = { lease: beat.lease, extendMs: beat.extend, progress: beat.progress, output: goodOutputIn(text) };
      return jobReply(200, await engine.jobs.heartbeat(jobRef(params), told));
    },
  }),

  operation("POST", `${PATH}/finish`, {
    id: "finishJob",
    tag,
    summary: "Ends an active job that is done",
    description: "Without a `lease` the current one is meant, whoever holds it.",
    body: jsonBody(value.object({ ...token, ...output }, { title: "Finish" }), optional),
    answers: done,
    refusals: ofActive,
    async handle(engine, { params, body: { value: given, text } }) {
      const told = { lease: given.lease, output: goodOutputIn(text) };
      return jobReply(200, await engine.jobs.finish(jobRef(params), told));
    },
  }),

  operation("POST", `${PATH}/fail`, {
    id: "failJob",
    tag,
    summary: "Says that an attempt did not work",
    description: "The job is requeued after its retry delay, or becomes a dead letter when its requeues are used up.",
    body: jsonBody(failure, optional),
    answers: done,
    refusals: ofActive,
    async handle(engine, { params, body }) {
      const { lease, error: why, retry_in: retryInMs, final } = body.value;
      return jobReply(200, await engine.jobs.fail(jobRef(params), { lease, error: why, retryInMs, final }));
    },
  }),

  operation("POST", `${PATH}/release`, {
    id: "releaseJob",
    tag,
    summary: "Gives an active job back at once, without counting an attempt",
    body: jsonBody(value.object(token, { title: "Release" }), optional),
    answers: done,
    refusals: ofActive,
    async handle(engine, { params, body }) {
      return jobReply(200, await engine.jobs.release(jobRef(params), body.value));
    },
  }),
];
