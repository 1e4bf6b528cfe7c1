import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram, runProgram } from "./processes.mjs";
import { info, openRedis, startRedisProgram } from "./redis.mjs";

const HOST = "127.0.0.1";
const MASTERS = 3;
/** Redis speaks to the other nodes on its port plus this. */
const BUS_OFFSET = 10_000;
const LIMIT_MS = 20_000;

/** A Redis Cluster of three masters without replicas. */
export async function startCluster(scope) {
  const nodes = [];
  for (let n = 0; n < MASTERS; n += 1) nodes.push(await startNode(scope));
  const addresses = nodes.map(({ address }) => address);
  const options = ["--cluster-replicas", "0", "--cluster-yes"];
  const cli = findProgram("redis-cli", "valkey-cli");
  await runProgram(scope, cli, ["--cluster", "create", ...addresses, ...options], LIMIT_MS);
  await Promise.all(nodes.map(agreed));
  return nodes;
}

async function startNode(scope) {
  const port = await freePort();
  const cluster = ["--cluster-enabled", "yes", "--appendonly", "no"];
  await startRedisProgram(scope, ["--bind", HOST, "--port", String(port), ...cluster]);
  return { address: `${HOST}:${port}`, admin: openRedis(scope, { host: HOST, port }) };
}

/** Each node must know of all slots before a client asks it. */
async function agreed({ admin }) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(50)) {
    const text = await admin.cluster("INFO");
    if (text.includes("cluster_state:ok") && text.includes(`cluster_size:${MASTERS}`)) return;
  }
  throw new Error(`the cluster did not form: ${JSON.stringify(await info(admin, "cluster"))}`);
}

/** A port that is free together with the one for the other nodes. */
async function freePort() {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
  throw new Error("there are no free ports");
}

function isFree(port) {
  const server = createServer();
  return new Promise((done) => {
    server.once("error", () => done(false));
    server.listen(port, HOST, () => server.close(() => done(true)));
  });
}
