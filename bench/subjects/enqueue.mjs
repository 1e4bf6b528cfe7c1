/** Single enqueues against a bare server: jobs of 170 bytes with ids of their own, into 1 000 queues. */
import { againstEcho, counted } from "../lib/against-echo.mjs";
import { FIRST_NUMBER, ID_PREFIX, jobId, PAYLOAD } from "../lib/jobs.mjs";

const TYPE = "enqueue";

const single = { name: "enqueue", least: 0.55, prepare, sample, check };

export const enqueue = {
  single,
  name: "enqueue",
  title: "Single enqueues",
  run: (scope) => againstEcho(scope, single),
};

function prepare(_site, first) {
  return { script: "enqueue.lua", args: [TYPE, FIRST_NUMBER + first, ID_PREFIX, JSON.stringify(PAYLOAD)] };
}

function sample({ client }) {
  const body = { job_id: jobId(0), interval: 0, payload: PAYLOAD };
  return client.call("POST", `/enqueue/${TYPE}/q0/`, body);
}

/** A duplicate is answered with 201 as well, but costs less and is not counted. */
async function check(site, requests) {
  const queued = await counted(site, "enqueue");
  if (queued < requests) throw new Error(`of ${requests} enqueues only ${queued} queued a job`);
}
