/** What Redis alone can do: the scripts of the server, called by redis-benchmark with arguments like the engine's. */

import { PAYLOAD } from "../lib/jobs.mjs";
import { findProgram, runProgram } from "../lib/processes.mjs";
import { scriptCalls, startRedis } from "../lib/redis.mjs";
import { row, thousands } from "../lib/rows.mjs";
import { median } from "../lib/statistics.mjs";

const CALLS = 50_000;
const ROUNDS = 3;
const TAG = "{bench:script}";
const NOW = "";
/** Replaced by redis-benchmark with a number of twelve digits; three of them are as long as a UUID. */
const RANDOM = "__rand_int__";
const QUEUES = 1000;

/** The arguments of each script as its header in lua/ tells them; redis-benchmark calls them for one job. */
const ARGUMENTS = {
  enqueue: [NOW, "-1", "brief", `q${RANDOM}`, RANDOM.repeat(3), JSON.stringify(PAYLOAD), "0", "", ""],
  dequeue: [NOW, "1", "3600000", "", "0", "", "", "2592000000"],
};

export const script = {
  name: "script",
  title: "Scripts without a server",
  async run(scope) {
    const { loadScripts } = await import("../../dist/engine/scripts/lua-loader.js");
    const scripts = loadScripts();
    const redis = await startRedis(scope);
    const measured = { enqueue: [], dequeue: [] };
    for (let round = 0; round < ROUNDS; round += 1)
      for (const name of Object.keys(measured)) measured[name].push(await callOften(scope, redis, scripts, name));
    return { rows: Object.entries(measured).map(([name, rounds]) => resultRow(name, rounds)) };
  },
};

/** Rounds of enqueues and dequeues take turns, so each dequeue finds a job. */
async function callOften(scope, { socket, admin }, scripts, name) {
  const sha1 = await admin.script("LOAD", scripts.get(name).source);
  await admin.config("RESETSTAT");
  const options = ["-s", socket, "-n", CALLS, "-c", "32", "-r", QUEUES, "--csv"].map(String);
  const command = [...options, "EVALSHA", sha1, "1", TAG, ...ARGUMENTS[name]];
  const output = await runProgram(scope, findProgram("redis-benchmark", "valkey-benchmark"), command, 60_000);
  const { calls, usPerCall } = await scriptCalls(admin);
  if (/error/i.test(output) || calls < CALLS) throw new Error(`redis-benchmark: ${output.slice(-500)}`);
  return { perSecond: callsPerSecond(output), usPerCall };
}

/** The second of eight columns; the first is the command, which may hold anything. */
function callsPerSecond(csv) {
  return Number(csv.trim().split("\n").at(-1).split('","').at(-7));
}

function resultRow(name, rounds) {
  return row(`${name} in Redis`, median(rounds.map(({ usPerCall }) => usPerCall)), {
    unit: " µs a call",
    digits: 1,
    absolute: `${thousands(median(rounds.map(({ perSecond }) => perSecond)))} calls/s from 32 connections`,
  });
}
