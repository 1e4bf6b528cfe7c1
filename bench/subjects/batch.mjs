/**
 * Jobs in batches of 100 from their enqueue to their end, against job queues that are a library: the time from the
 * first enqueue to the last end of a job whose work is nothing. Each system has a Redis of its own, and its clients
 * are one process.
 */
import { messageOf, startModule } from "../lib/processes.mjs";
import { PERSISTENCE, startRedis } from "../lib/redis.mjs";
import { atLeast, row, thousands } from "../lib/rows.mjs";
import { startSite } from "../lib/server.mjs";
import { alternate, median, ratioOf } from "../lib/statistics.mjs";

const JOBS = 20_000;
const WARM_UP_JOBS = 5000;
const ROUNDS = 5;
const LIMIT_MS = 60_000;
const MANY_QUEUES = 1000;
const TARGET = atLeast(3, " times");

export const batch = {
  name: "batch",
  title: "Batches of 100",
  async run(scope) {
    const rows = [];
    for (const persistence of Object.keys(PERSISTENCE)) rows.push(...(await compare(scope, persistence)));
    return { rows };
  },
};

/** Of the others, BullMQ has one queue and GroupMQ a thousand groups; each is compared with as many queues of ours. */
async function compare(scope, persistence) {
  const systems = [
    await startOurs(scope, persistence, 1),
    await startOurs(scope, persistence, MANY_QUEUES),
    await startOther(scope, new URL("../clients/bullmq.mjs", import.meta.url), persistence),
    await startOther(scope, new URL("../clients/groupmq.mjs", import.meta.url), persistence),
  ];
  for (const system of systems) await rateOf(system, WARM_UP_JOBS);
  const [one, many, bullmq, groupmq] = await alternate(systems, ROUNDS, (system) => rateOf(system, JOBS));
  return [
    resultRow(`1 queue against BullMQ, ${persistence}`, one, bullmq, TARGET),
    resultRow(`1 000 queues against BullMQ, ${persistence}`, many, bullmq, TARGET),
    resultRow(`1 000 queues against GroupMQ, ${persistence}`, many, groupmq),
  ];
}

async function startOurs(scope, persistence, queues) {
  const { server } = await startSite(scope, { persistence });
  const module = new URL("../clients/batches.mjs", import.meta.url);
  return startModule(scope, module, { url: server.url, queues });
}

async function startOther(scope, module, persistence) {
  const { socket } = await startRedis(scope, persistence);
  return startModule(scope, module, { socket });
}

/** Jobs/s from the first enqueue to the last end. */
async function rateOf(clients, jobs) {
  clients.send({ jobs });
  const { tookMs } = await messageOf(clients, LIMIT_MS);
  return (jobs * 1000) / tookMs;
}

function resultRow(what, rates, baseline, target) {
  const { ratio, ratios } = ratioOf(rates, baseline);
  const rounds = ratios.map((one) => one.toFixed(1)).join(", ");
  return row(what, ratio, {
    unit: " times",
    digits: 1,
    target,
    absolute: `${thousands(median(rates))} jobs/s against ${thousands(median(baseline))}; rounds ${rounds}`,
  });
}
