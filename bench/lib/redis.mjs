import { join } from "node:path";
import { Redis } from "ioredis";
import { findProgram, startProgram, until } from "./processes.mjs";
import { temporaryDirectory } from "./scope.mjs";

/** How a Redis keeps its data in these benches; the keys are what the tables call it. */
export const PERSISTENCE = {
  "AOF off": ["--appendonly", "no"],
  everysec: ["--appendonly", "yes", "--appendfsync", "everysec"],
};

/** A Redis of its own on a unix socket, with a connection to look into it. */
export async function startRedis(scope, persistence = "AOF off") {
  const socket = join(temporaryDirectory(scope), "redis.sock");
  const program = await startRedisProgram(scope, ["--port", "0", "--unixsocket", socket, ...PERSISTENCE[persistence]]);
  return { socket, pid: program.pid, admin: openRedis(scope, { path: socket }) };
}

export async function startRedisProgram(scope, options) {
  const command = findProgram("redis-server", "valkey-server");
  // A snapshot or a rewrite of the append-only file would fall into some rounds and not into others.
  const steady = ["--save", "", "--auto-aof-rewrite-percentage", "0"];
  const program = startProgram(scope, command, ["--dir", temporaryDirectory(scope), ...steady, ...options]);
  await until(program, /ready to accept connections/i);
  return program;
}

export function openRedis(scope, address) {
  const redis = new Redis({ ...address, maxRetriesPerRequest: 1 });
  redis.on("error", () => {
    // The command that fails tells it.
  });
  scope.defer(() => redis.disconnect());
  return redis;
}

/** A section of INFO, by field. */
export async function info(redis, section) {
  const text = await redis.info(section);
  return Object.fromEntries(text.split("\r\n").flatMap((line) => (line.includes(":") ? [line.split(/:(.*)/, 2)] : [])));
}

/** Calls of scripts by hash since the last `CONFIG RESETSTAT`: how many, and the time inside Redis of one, us. */
export async function scriptCalls(redis) {
  const { cmdstat_evalsha: line = "calls=0,usec_per_call=0" } = await info(redis, "commandstats");
  const fields = Object.fromEntries(line.split(",").map((pair) => pair.split("=")));
  return { calls: Number(fields["calls"]), usPerCall: Number(fields["usec_per_call"]) };
}
