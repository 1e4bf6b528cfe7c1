/** Single finishes against a bare server: jobs of 1 000 queues that were dequeued beforehand. */
import { againstEcho } from "../lib/against-echo.mjs";
import { dealt, dequeueAll, enqueueAll, FIRST_NUMBER, ID_PREFIX, jobId } from "../lib/jobs.mjs";

const TYPE = "finish";
const QUEUES = 1000;

const single = { name: "finish", least: 0.5, prepare, sample };

export const finish = {
  single,
  name: "finish",
  title: "Single finishes",
  // A finish that ends no job is answered with 404, so a load that goes through counts as it is.
  run: (scope) => againstEcho(scope, single),
};

async function prepare({ client, echo }, first, count) {
  if (!echo) await makeActive(client, first, count);
  return { script: "finish.lua", args: [TYPE, FIRST_NUMBER + first, ID_PREFIX] };
}

async function makeActive(client, first, count) {
  await enqueueAll(client, TYPE, dealt(count, QUEUES, { first }));
  await dequeueAll(client, TYPE, count);
}

async function sample({ client }) {
  await makeActive(client, 0, 1);
  return client.call("POST", `/finish/${TYPE}/q0/${jobId(0)}/`);
}
