/** How evenly one queue type with 12 partitions loads the three masters of a Redis Cluster. */
import { startCluster } from "../lib/cluster.mjs";
import { openClient } from "../lib/http.mjs";
import { jobId, PAYLOAD, severally } from "../lib/jobs.mjs";
import { scriptCalls } from "../lib/redis.mjs";
import { atMost, row, thousands } from "../lib/rows.mjs";
import { startServer } from "../lib/server.mjs";

const TYPE = "cluster";
const PARTITIONS = 12;
const QUEUES = 1000;
const JOBS = 20_000;
const CLIENTS = 16;

export const cluster = {
  name: "cluster",
  title: "Load of a Redis Cluster",
  async run(scope) {
    const nodes = await startCluster(scope);
    const { url } = await startServer(scope, {
      SHARQ_REDIS_CONN_TYPE: "tcp_sock",
      SHARQ_REDIS_CLUSTERED: "true",
      SHARQ_REDIS_NODES: nodes.map(({ address }) => address).join(","),
      SHARQ_PARTITIONS: String(PARTITIONS),
      SHARQ_ENABLE_REQUEUE_SCRIPT: "false",
    });
    const client = openClient(scope, url, CLIENTS);
    await traffic(client, 0, CLIENTS);
    for (const { admin } of nodes) await admin.config("RESETSTAT");
    await traffic(client, CLIENTS, JOBS);
    return { rows: [resultRow(await Promise.all(nodes.map(({ admin }) => scriptCalls(admin))))] };
  },
};

/** Jobs `first` to `first + count - 1`, each enqueued, then some job dequeued and finished. */
async function traffic(client, first, count) {
  let next = first;
  await severally(CLIENTS, async () => {
    while (next < first + count) {
      next += 1;
      const body = { job_id: jobId(next), interval: 0, payload: PAYLOAD };
      await client.expect(201, "POST", `/enqueue/${TYPE}/q${next % QUEUES}/`, body);
      const job = await client.expect(200, "GET", `/dequeue/${TYPE}/?wait=5000`);
      await client.expect(200, "POST", `/finish/${TYPE}/${job.queue_id}/${job.job_id}/?lease=${job.lease}`);
    }
  });
}

function resultRow(nodes) {
  const calls = nodes.map((node) => node.calls);
  const even = calls.reduce((sum, count) => sum + count, 0) / calls.length;
  const furthest = Math.max(...calls.map((count) => Math.abs(count / even - 1)));
  return row("furthest from even", furthest * 100, {
    unit: " %",
    digits: 1,
    target: atMost(15, " %"),
    absolute: `calls of scripts by master: ${calls.map(thousands).join(", ")}; ${thousands(JOBS)} jobs`,
  });
}
