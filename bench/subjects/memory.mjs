/** Memory of Redis for a queued job: payload of 100 bytes, ids of 36 characters for job and queue. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { dealt, enqueueAll, job } from "../lib/jobs.mjs";
import { info } from "../lib/redis.mjs";
import { atMost, row } from "../lib/rows.mjs";
import { Scope } from "../lib/scope.mjs";
import { startSite } from "../lib/server.mjs";

const JOBS = 100_000;
const INTERVAL_MS = 1000;
/** Redis gives the buffers of a connection back some seconds after a large request. */
const SETTLE_MS = 3000;
/** Bytes that the original takes, measured with jobs of the same size. */
const CASES = [
  { perQueue: 10, most: 330, original: 374 },
  { perQueue: 1, most: 600, original: 977 },
];

export const memory = {
  name: "memory",
  title: "Memory of a queued job",
  async run(scope) {
    const measured = [];
    for (const one of CASES) measured.push({ ...one, bytes: await bytesPerJob(scope, one.perQueue) });
    return { rows: measured.map(resultRow), data: measured };
  },
};

async function bytesPerJob(outer, perQueue) {
  const scope = new Scope();
  outer.defer(() => scope.close());
  const { client, redis } = await startSite(scope);
  await enqueueAll(client, "warm-up", dealt(1000, 1000));
  const before = await usedBy(redis.admin);
  await enqueueAll(client, "memory", jobs(perQueue));
  const bytes = ((await usedBy(redis.admin)) - before) / JOBS;
  await scope.close();
  return bytes;
}

/** Memory of the data, bytes: without the buffers of connections. */
async function usedBy(redis) {
  await sleep(SETTLE_MS);
  const { used_memory: used, mem_clients_normal: buffers } = await info(redis, "memory");
  return Number(used) - Number(buffers);
}

/** Each queue gets a job in turn, as when many tenants enqueue. */
function* jobs(perQueue) {
  const queueIds = Array.from({ length: JOBS / perQueue }, () => randomUUID());
  for (let n = 0; n < JOBS; n += 1) {
    yield { ...job(queueIds[n % queueIds.length], n, INTERVAL_MS), job_id: randomUUID() };
  }
}

function resultRow({ perQueue, most, original, bytes }) {
  return row(`${perQueue === 1 ? "1 job" : `${perQueue} jobs`} a queue`, bytes, {
    unit: " bytes a job",
    digits: 0,
    target: atMost(most, " bytes"),
    absolute: `the original: ${original}; ratio ${(bytes / original).toFixed(2)}`,
  });
}
