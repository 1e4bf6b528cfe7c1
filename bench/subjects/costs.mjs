/**
 * Where the time of a single request goes: processor time of the server, by its parts, of Redis and of the rest, and
 * the time for which processors were idle; all of them together are the number of processors divided by the rate.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEcho } from "../lib/echo.mjs";
import { idleMs, processorMs } from "../lib/processor.mjs";
import { sharesOf } from "../lib/profile-parts.mjs";
import { row, thousands } from "../lib/rows.mjs";
import { temporaryDirectory } from "../lib/scope.mjs";
import { startSite } from "../lib/server.mjs";
import { load } from "../lib/wrk.mjs";
import { dequeue } from "./dequeue.mjs";
import { enqueue } from "./enqueue.mjs";
import { finish } from "./finish.mjs";

const SECONDS = 4;
const WARM_UP_SECONDS = 2;
/** Jobs made for each load: more than it can use up. */
const PER_SECOND = 60_000;
const NUMBERS = 10_000_000;
const PROFILER = new URL("../lib/profiled.mjs", import.meta.url).href;
const WRITTEN_MS = 20_000;

export const costs = {
  name: "costs",
  title: "Where the time of a single request goes",
  async run(scope) {
    const measured = [];
    for (const { single } of [enqueue, dequeue, finish]) {
      const { site, profile } = await openSite(scope);
      const answer = await single.sample(site);
      if (measured.length === 0) measured.push(await measureBare(scope, answer));
      measured.push({ name: single.name, ...(await measure(scope, site, profile, single)) });
    }
    return { rows: measured.map(resultRow), data: measured };
  },
};

async function openSite(scope) {
  const { profile, settings } = profiled(scope);
  return { site: await startSite(scope, { settings }), profile };
}

async function measureBare(scope, answer) {
  const { profile, settings } = profiled(scope);
  const server = await startEcho(scope, answer, { env: { ...process.env, ...settings } });
  return { name: "bare server", ...(await measure(scope, { server, echo: true }, profile, enqueue.single)) };
}

/** The file of a server's profile, and the environment that has it written. */
function profiled(scope) {
  const profile = join(temporaryDirectory(scope), "profile.json");
  return { profile, settings: { NODE_OPTIONS: `--import ${PROFILER}`, BENCH_PROFILE: profile } };
}

/** Times in us a request. */
async function measure(scope, site, profile, { prepare }) {
  const { server, redis } = site;
  const loadFor = async (seconds, number) => {
    const call = await prepare(site, number * NUMBERS, seconds * PER_SECOND);
    return () => load(scope, server.url, { ...call, seconds });
  };
  await (await loadFor(WARM_UP_SECONDS, 1))();
  const run = await loadFor(SECONDS, 2);
  const times = () => [processorMs(server.pid), redis ? processorMs(redis.pid) : 0, idleMs()];
  process.kill(server.pid, "SIGUSR2");
  const before = times();
  const { perSecond, requests } = await run();
  const [own, ofRedis, idle] = times().map((ms, i) => ((ms - before[i]) * 1000) / requests);
  process.kill(server.pid, "SIGUSR2");
  const shares = sharesOf(await written(profile));
  const all = (availableParallelism() * 1e6) / perSecond;
  const parts = Object.fromEntries(Object.entries(shares).map(([part, share]) => [part, share * own]));
  return { perSecond, own, redis: ofRedis, idle, rest: Math.max(0, all - own - ofRedis - idle), parts };
}

async function written(file) {
  for (const end = Date.now() + WRITTEN_MS; Date.now() < end; await sleep(50)) {
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch {
      // Not there yet, or not whole.
    }
  }
  throw new Error("the server wrote no profile");
}

function resultRow({ name, perSecond, own, redis, idle, rest, parts }) {
  const listed = Object.entries({ ...parts, redis, rest, idle }).map(([part, us]) => `${part} ${us.toFixed(1)}`);
  return row(`${name}, server process`, own, {
    unit: " µs a request",
    digits: 1,
    absolute: `${thousands(perSecond)}/s; ${listed.join(", ")}`,
  });
}
