/**
 * How exactly queues keep their rate: 100 queues with backlog all the time, once served to long polls at 100 jobs/s
 * each, and once to workers that ask without waiting, at 20 jobs/s each.
 */
import { dealt, enqueueAll } from "../lib/jobs.mjs";
import { atLeast, between, row, thousands } from "../lib/rows.mjs";
import { startSite } from "../lib/server.mjs";
import { median } from "../lib/statistics.mjs";
import { startWorkers } from "../lib/workers.mjs";

const QUEUES = 100;
const CASES = [
  {
    what: "long polls",
    type: "waiting",
    // Ten thousand jobs a second are more than requests for one job each can carry on two cores.
    query: "?wait=10000&count=20",
    intervalMs: 10,
    seconds: 15,
    connections: 16,
    least: 99.5,
  },
  { what: "polls without wait", type: "polling", query: "", intervalMs: 50, seconds: 10, connections: 4 },
];

export const rate = {
  name: "rate",
  title: "Rate of 100 queues",
  async run(scope) {
    const site = await startSite(scope);
    const rows = [];
    const data = [];
    for (const one of CASES) {
      const result = resultOf(one, await dispatchesOf(scope, site, one));
      rows.push(...result.rows);
      data.push(...result.data);
    }
    return { rows, data };
  },
};

async function dispatchesOf(scope, { server, client }, { type, query, intervalMs, seconds, connections }) {
  const jobs = QUEUES * ((seconds * 1000) / intervalMs + 10);
  await enqueueAll(client, type, dealt(jobs, QUEUES, { interval: intervalMs }));
  const workers = await startWorkers(scope, {
    url: server.url,
    path: `/dequeue/${type}/${query}`,
    connections,
    seconds,
  });
  return [...(await workers.work()).values()].map((dispatches) => dispatches.map(([us]) => us));
}

function resultOf({ what, intervalMs, seconds, least }, queues) {
  if (queues.length < QUEUES) throw new Error(`${what}: only ${queues.length} of ${QUEUES} queues were served`);
  const name = `${what}, interval ${intervalMs} ms`;
  const percents = queues.map((times) => percentOfLimit(times, intervalMs));
  const total = queues.reduce((sum, times) => sum + times.length, 0);
  const [lowest, middle] = [Math.min(...percents), median(percents)];
  const rows = [
    row(`lowest rate, ${name}`, lowest, {
      unit: " %",
      ...(least ? { target: between(least, 100, " %") } : {}),
      absolute: `median ${middle.toFixed(2)} %, ${thousands(total / seconds)} dispatches/s in all`,
    }),
    row(`smallest gap, ${name}`, smallestGapMs(queues), {
      unit: " ms",
      digits: 3,
      target: atLeast(intervalMs, " ms"),
    }),
  ];
  // Measured from the first dispatch to the last one, a rate may come out a trifle above its limit.
  const lost = (percent) => Math.max(0, 100 - percent);
  const data = [
    { what: `${what}, lowest queue`, lost: lost(lowest), ...(least ? { most: 100 - least } : {}) },
    { what: `${what}, median`, lost: lost(middle) },
  ];
  return { rows, data };
}

/** From the first dispatch to the last one, n dispatches at the limit take n - 1 intervals. */
function percentOfLimit(timesUs, intervalMs) {
  return ((timesUs.length - 1) * intervalMs * 100_000) / (timesUs.at(-1) - timesUs[0]);
}

function smallestGapMs(queues) {
  const gaps = queues.map((times) => times.slice(1).reduce((least, us, i) => Math.min(least, us - times[i]), Infinity));
  return Math.min(...gaps) / 1000;
}
