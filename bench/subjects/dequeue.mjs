/** Single dequeues against a bare server: 1 000 queues that always have a job ready. */
import { againstEcho, counted } from "../lib/against-echo.mjs";
import { dealt, enqueueAll } from "../lib/jobs.mjs";

const TYPE = "dequeue";
const QUEUES = 1000;

const single = { name: "dequeue", least: 0.5, prepare, sample, check };

export const dequeue = {
  single,
  name: "dequeue",
  title: "Single dequeues",
  run: (scope) => againstEcho(scope, single),
};

async function prepare({ client, echo }, first, count) {
  if (!echo) await enqueueAll(client, TYPE, dealt(count, QUEUES, { first }));
  return { path: `/dequeue/${TYPE}/` };
}

async function sample({ client }) {
  await enqueueAll(client, TYPE, dealt(1, QUEUES));
  return client.call("GET", `/dequeue/${TYPE}/`);
}

async function check(site, requests) {
  const dispatched = await counted(site, "dequeue");
  if (dispatched < requests) throw new Error(`of ${requests} dequeues only ${dispatched} dispatched a job`);
}
