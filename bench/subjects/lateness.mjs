/**
 * How late a job reaches a worker: 1 000 queues with 5 jobs a second each and backlog all the time, served to long
 * polls. A queue is ready an interval after its last dispatch; its job is late by what passes from then until a worker
 * has it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { dealt, enqueueAll, severally } from "../lib/jobs.mjs";
import { atLeast, atMost, row, thousands } from "../lib/rows.mjs";
import { startSite } from "../lib/server.mjs";
import { percentile } from "../lib/statistics.mjs";
import { startWorkers } from "../lib/workers.mjs";

const TYPE = "lateness";
const QUEUES = 1000;
const INTERVAL_MS = 200;
const SECONDS = 10;
const CONNECTIONS = 64;
/** Left out at the beginning, while everything is compiled. */
const WARM_UP_US = 2_000_000;
const MOST_MS = 10;
/** What the chart shows. */
const SHARES = [
  { share: "half of the jobs, at most", part: 0.5 },
  { share: "90 %", part: 0.9 },
  { share: "99 %", part: 0.99, most: MOST_MS },
  { share: "99.9 %", part: 0.999 },
  { share: "all", part: 1 },
];

export const lateness = {
  name: "lateness",
  title: "Lateness at 5 000 jobs/s",
  async run(scope) {
    const { server, client } = await startSite(scope);
    const jobs = QUEUES * ((SECONDS * 1000) / INTERVAL_MS + 10);
    await enqueueAll(client, TYPE, dealt(jobs, QUEUES, { interval: INTERVAL_MS }));
    const path = `/dequeue/${TYPE}/?wait=10000`;
    const workers = await startWorkers(scope, { url: server.url, path, connections: CONNECTIONS, seconds: SECONDS });
    await spread(client);
    return resultOf([...(await workers.work()).values()]);
  },
};

/**
 * Takes the first job of each queue at a time of its own within one interval: the tenants of a real installation do not
 * start in one moment either, and without this all queues would come due together in every interval.
 */
async function spread(client) {
  const startedAt = performance.now();
  const dueIn = (queue) => startedAt + (queue * INTERVAL_MS) / QUEUES - performance.now();
  let next = 0;
  await severally(8, async () => {
    while (next < QUEUES) {
      const queue = next;
      next += 1;
      if (dueIn(queue) > 1) await sleep(dueIn(queue));
      await client.expect(200, "GET", `/dequeue/${TYPE}/?queue_id=q${queue}`);
    }
  });
}

function resultOf(queues) {
  const begin = Math.min(...queues.map(([[us]]) => us)) + WARM_UP_US;
  const late = queues.flatMap((dispatches) => latenesses(dispatches, begin));
  const received = late.map(({ receivedMs }) => receivedMs);
  const stamped = late.map(({ stampedMs }) => stampedMs);
  const held = late.map(({ receivedMs, stampedMs }) => receivedMs - stampedMs);
  const rows = [
    row("received after the ready time, 99 %", percentile(received, 0.99), {
      unit: " ms",
      target: atMost(MOST_MS, " ms"),
      absolute: `${spreadOf(received)}; ${thousands(late.length / (SECONDS - WARM_UP_US / 1e6))} jobs/s`,
    }),
    row("time of the dispatch after the ready time, 99 %", percentile(stamped, 0.99), {
      unit: " ms",
      absolute: spreadOf(stamped),
    }),
    row("earliest received after the time of its dispatch", percentile(held, 0), {
      unit: " ms",
      target: atLeast(0, " ms"),
      absolute: `${held.filter((ms) => ms < 0).length} of ${thousands(held.length)} before that time`,
    }),
  ];
  return { rows, data: SHARES.map(({ share, part, most }) => ({ share, ms: percentile(received, part), most })) };
}

function latenesses(dispatches, begin) {
  return dispatches.slice(1).flatMap(([us, receiptUs], i) => {
    const readyUs = dispatches[i][0] + INTERVAL_MS * 1000;
    if (readyUs < begin) return [];
    return [{ receivedMs: (receiptUs - readyUs) / 1000, stampedMs: (us - readyUs) / 1000 }];
  });
}

function spreadOf(values) {
  return `median ${percentile(values, 0.5).toFixed(2)} ms, longest ${percentile(values, 1).toFixed(2)} ms`;
}
