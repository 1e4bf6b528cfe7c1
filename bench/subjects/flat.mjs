/** Whether a dequeue costs more when more queues are ready: the rate over HTTP, and the time of the script in Redis. */
import { dealt, enqueueAll } from "../lib/jobs.mjs";
import { scriptCalls } from "../lib/redis.mjs";
import { atLeast, atMost, row, thousands } from "../lib/rows.mjs";
import { startSite } from "../lib/server.mjs";
import { alternate, median, ratioOf } from "../lib/statistics.mjs";
import { load } from "../lib/wrk.mjs";

const READY_QUEUES = [10, 1000, 10_000, 100_000, 1_000_000];
const ROUNDS = 3;
const LOAD = { seconds: 2 };
/** One request at a time, because the server may join requests that come together into one call. */
const TIMED = { seconds: 1, connections: 1 };
const JOBS = 200_000;

/** Dequeues/s of the original by ready queues, measured on a machine of this kind. */
const ORIGINAL = [
  [10, 1836],
  [1000, 1836],
  [10_000, 643],
  [100_000, 35],
];

export const flat = {
  name: "flat",
  title: "Dequeues by number of ready queues",
  async run(scope) {
    // A sweep is a call of a script as well, and would be counted among those of the dequeues.
    const site = await startSite(scope, { settings: { SHARQ_ENABLE_REQUEUE_SCRIPT: "false" } });
    for (const queues of READY_QUEUES) await fill(site.client, queues);
    const rates = await alternate(READY_QUEUES, ROUNDS, (queues) => rateAt(scope, site, queues));
    const times = await alternate(READY_QUEUES, ROUNDS, (queues) => timeAt(scope, site, queues));
    const points = READY_QUEUES.map((queues, i) => [queues, median(rates[i])]);
    return { rows: rows(rates, times), data: { points, original: ORIGINAL } };
  },
};

function fill(client, queues) {
  return enqueueAll(client, typeOf(queues), dealt(Math.max(JOBS, queues), queues));
}

async function rateAt(scope, { server }, queues) {
  return (await load(scope, server.url, { path: `/dequeue/${typeOf(queues)}/`, ...LOAD })).perSecond;
}

/** The time of one call inside Redis, us. */
async function timeAt(scope, { server, redis }, queues) {
  await redis.admin.config("RESETSTAT");
  const { requests } = await load(scope, server.url, { path: `/dequeue/${typeOf(queues)}/`, ...TIMED });
  const { calls, usPerCall } = await scriptCalls(redis.admin);
  if (calls < requests) throw new Error(`${requests} dequeues took only ${calls} calls, so some were joined`);
  return usPerCall;
}

function rows(rates, times) {
  const last = READY_QUEUES.length - 1;
  return [
    row("rate at 1 000 000 ready queues against 10", ratioOf(rates[last], rates[0]).ratio, {
      target: atLeast(0.85),
      absolute: listed(rates, (rate) => `${thousands(rate)}/s`),
    }),
    row("time in Redis at 1 000 000 against 10", ratioOf(times[last], times[0]).ratio, {
      target: atMost(1.5),
      absolute: listed(times, (us) => `${us.toFixed(1)} µs`),
    }),
  ];
}

function listed(measured, format) {
  return READY_QUEUES.map((queues, i) => `${thousands(queues)}: ${format(median(measured[i]))}`).join(", ");
}

function typeOf(queues) {
  return `ready-${queues}`;
}
