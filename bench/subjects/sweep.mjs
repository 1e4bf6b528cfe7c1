/**
 * The longest time for which Redis serves nobody else while 100 000 leases that ended are requeued and other clients go
 * on. A server that does not sweep serves; when all leases are over, a second one starts to sweep.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { dealt, dequeueAll, enqueueAll, severally } from "../lib/jobs.mjs";
import { atMost, row, thousands } from "../lib/rows.mjs";
import { startServer, startSite, using } from "../lib/server.mjs";
import { percentile } from "../lib/statistics.mjs";

const TYPE = "sweep";
const LEASES = 100_000;
const QUEUES = 100;
const LEASE_MS = 1000;
const CLIENTS = 4;
const SLOW_US = 500;
const LIMIT_MS = 60_000;

export const sweep = {
  name: "sweep",
  title: "100 000 leases that ended",
  async run(scope) {
    const site = await startSite(scope, { settings: { SHARQ_ENABLE_REQUEUE_SCRIPT: "false" } });
    await endLeases(site.client);
    await watch(site.redis.admin);
    const traffic = startTraffic(site.client);
    const startedAt = performance.now();
    await startServer(scope, using(site.redis));
    await requeued(site.client);
    const tookMs = performance.now() - startedAt;
    return { rows: [...(await commandRows(site.redis.admin)), ...totals(tookMs, await traffic.stop())] };
  },
};

async function endLeases(client) {
  await enqueueAll(client, TYPE, shortLived());
  await dequeueAll(client, TYPE, LEASES);
  await sleep(LEASE_MS);
}

function* shortLived() {
  for (const job of dealt(LEASES, QUEUES)) yield { ...job, expire: LEASE_MS };
}

async function watch(redis) {
  await redis.config("SET", "slowlog-log-slower-than", SLOW_US, "slowlog-max-len", 100_000);
  await redis.slowlog("RESET");
  await redis.config("RESETSTAT");
}

/** Clients of another type, each with one job after the other; `stop` returns how long each request took, ms. */
function startTraffic(client) {
  let going = true;
  const took = [];
  const timed = async (...call) => {
    const startedAt = performance.now();
    await client.expect(...call);
    took.push(performance.now() - startedAt);
  };
  const done = severally(CLIENTS, async (worker) => {
    for (let n = 0; going; n += 1) await oneJob(timed, `w${worker}`, `j${n}`);
  });
  return {
    stop: async () => {
      going = false;
      await done;
      return took;
    },
  };
}

async function oneJob(timed, queueId, jobId) {
  await timed(201, "POST", `/enqueue/traffic/${queueId}/`, { job_id: jobId, interval: 0, payload: jobId });
  await timed(200, "GET", `/dequeue/traffic/?queue_id=${queueId}`);
  await timed(200, "POST", `/finish/traffic/${queueId}/${jobId}/`);
}

/** Resolves when each queue has all its jobs again. */
async function requeued(client) {
  const end = Date.now() + LIMIT_MS;
  for (let q = 0; q < QUEUES; ) {
    const { queue_length: length } = await client.expect(200, "GET", `/metrics/${TYPE}/q${q}/`);
    if (length === LEASES / QUEUES) q += 1;
    else await sleep(20);
    if (Date.now() > end) throw new Error(`queue ${q} has ${length} jobs after ${LIMIT_MS} ms`);
  }
}

async function commandRows(redis) {
  const slow = (await redis.slowlog("GET", 100_000)).map(([, , us]) => us);
  const calls = await histogram(redis);
  return [
    row("longest command in Redis", Math.max(SLOW_US, ...slow) / 1000, {
      unit: " ms",
      target: atMost(5, " ms"),
      absolute: `${slow.length} of ${thousands(calls.total)} calls over ${SLOW_US / 1000} ms; 99.9 % under ${calls.most} ms`,
    }),
  ];
}

/** How many scripts ran, and the time, ms, that all but a thousandth of them took at the most. */
async function histogram(redis) {
  const [, [, total, , buckets]] = await redis.call("LATENCY", "HISTOGRAM", "evalsha");
  for (let i = 0; i < buckets.length; i += 2)
    if (buckets[i + 1] >= total * 0.999) return { total, most: buckets[i] / 1000 };
  throw new Error("LATENCY HISTOGRAM does not add up");
}

function totals(tookMs, requestsMs) {
  return [
    row("until all were requeued", tookMs / 1000, {
      unit: " s",
      digits: 1,
      absolute: `from the start of the sweeping server; ${thousands((LEASES * 1000) / tookMs)} jobs/s`,
    }),
    row("other requests meanwhile, 99 %", percentile(requestsMs, 0.99), {
      unit: " ms",
      digits: 1,
      absolute: `${thousands(requestsMs.length)} requests; longest ${Math.max(...requestsMs).toFixed(1)} ms`,
    }),
  ];
}
