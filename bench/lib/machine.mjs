import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { findProgram } from "./processes.mjs";

/** What the figures depend on. */
export function machine() {
  const redis = execFileSync(findProgram("redis-server", "valkey-server"), ["--version"], { encoding: "utf8" });
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${type()} ${release()}`,
    Node: process.version,
    Redis: /v=(\S+)/.exec(redis)?.[1] ?? redis.trim(),
  };
}
