import { readFile } from "node:fs/promises";
import type { Redis } from "ioredis";
import type { Model } from "./model.js";
import type { ModelQueue } from "./model-queue.js";

/** Everything that Redis holds of queue type `sms`, in a form that compares with a model. */
export interface Holdings {
  /** The sorted sets of the type: name behind the tag -> elements with their scores. None is empty. */
  sets: Map<string, Map<string, number>>;
  jobs: string[];
  ended: string[];
  /** By name of the job: its tags, and the lines of its log. */
  tags: Map<string, string[]>;
  logs: Map<string, number>;
  /** When the state of a drained queue goes, real time in ms. */
  expiresAtMs: Map<string, number>;
  /** By queue: what waits, how much of it is scheduled, what is active, and whether the state goes by itself. */
  queues: Map<string, { waiting: string[]; later: number; active: number; passing: boolean }>;
}

const TAG = "{test:sms}";
const SETS = /^(ready|blocked|active|due|deadlines|kept|dead|ended:\w+|past:\w+:.*|tag:.*)$/;
/** What has no counterpart in the model, or is looked at together with something else. */
const OTHERS = /^(counts|runs|held|type|q:.*|tags|log:.*)$/;

/** Reads all keys of the type; fails on a key that has no place in the data model. */
export async function holdings(redis: Redis): Promise<Holdings> {
  const found: Holdings = {
    sets: new Map(),
    jobs: [],
    ended: [],
    tags: new Map(),
    logs: new Map(),
    expiresAtMs: new Map(),
    queues: new Map(),
  };
  const keys = (await redis.keys("*")).sort();
  const runs = await readRuns(redis);
  for (const key of keys) {
    if (key === "{test}:types") continue;
    const name = key.slice(TAG.length + 1);
    if (SETS.test(name)) found.sets.set(name, await scores(redis, key));
    else if (name === "jobs") await readJobs(redis, key, runs, found);
    else if (name.startsWith("q:")) await readState(redis, name.slice(2), found);
    else if (name.startsWith("log:")) found.logs.set(name.slice(4), await redis.llen(key));
    else if (/^(rest|later):/.test(name) && keys.includes(`${TAG}:q:${name.replace(/^\w+:/, "")}`)) continue;
    else if (!OTHERS.test(name)) throw new Error(`The key ${key} belongs to nothing`);
  }
  await readTags(redis, found);
  const known = [...found.jobs, ...found.ended];
  for (const name of runs.keys()) if (!known.includes(name)) throw new Error(`The run of ${name} belongs to no job`);
  return found;
}

async function readJobs(redis: Redis, key: string, runs: ReadonlyMap<string, boolean>, found: Holdings) {
  for (const name of (await redis.hkeys(key)).sort()) (runs.get(name) ? found.ended : found.jobs).push(name);
}

async function readTags(redis: Redis, found: Holdings): Promise<void> {
  for (const [name, raw] of Object.entries(await redis.hgetallBuffer(`${TAG}:tags`))) {
    const json = await redis.eval("return cjson.encode(cmsgpack.unpack(ARGV[1]))", 0, raw);
    found.tags.set(name, JSON.parse(String(json)) as string[]);
  }
}

/** Fields of fixed size as the scripts write them, read by Redis; numbers may be beyond its integers. */
async function unpacked(redis: Redis, format: string, raw: Buffer): Promise<number[]> {
  const fragment = await readFile(new URL(`../../lua/lib/${format}.lua`, import.meta.url), "utf8");
  const script = `${fragment}
    local values = { struct.unpack(${format}, ARGV[1]) }
    for i, value in ipairs(values) do values[i] = string.format('%.0f', value) end
    return values`;
  return ((await redis.eval(script, 0, raw)) as string[]).map(Number);
}

/** Whether each run is that of an ended job. */
async function readRuns(redis: Redis): Promise<Map<string, boolean>> {
  const runs = new Map<string, boolean>();
  for (const [name, raw] of Object.entries(await redis.hgetallBuffer(`${TAG}:runs`))) {
    const more = raw.subarray(((await unpacked(redis, "run_format", raw)).at(-1) ?? 1) - 1);
    const script = "return cmsgpack.unpack(ARGV[1]).outcome or ''";
    runs.set(name, more.length > 0 && (await redis.eval(script, 0, more)) !== "");
  }
  return runs;
}

async function scores(redis: Redis, key: string): Promise<Map<string, number>> {
  const flat = await redis.zrange(key, "0", "-1", "WITHSCORES");
  return new Map(flat.flatMap((member, i) => (i % 2 === 0 ? [[member, Number(flat[i + 1])] as const] : [])));
}

async function readState(redis: Redis, queueId: string, found: Holdings): Promise<void> {
  const key = `${TAG}:q:${queueId}`;
  const [raw, rest, laterMembers, lifetime] = await Promise.all([
    redis.getBuffer(key),
    redis.zrange(`${TAG}:rest:${queueId}`, "0", "-1"),
    redis.zrange(`${TAG}:later:${queueId}`, "0", "-1"),
    redis.pttl(key),
  ]);
  if (!raw) throw new Error(`${key} went while it was read`);
  const [flags = 0, , , , , queued, active, , , , end = 0] = await unpacked(redis, "queue_format", raw);
  const settingsAt = end - 1 + Math.floor(flags / 16) * 6;
  const head = raw.subarray((flags & 8) === 0 ? settingsAt : settingsAt + 2 + raw.readUInt16BE(settingsAt)).toString();
  const waiting = [...(head ? [head] : []), ...rest];
  const scheduled = laterMembers.map((member) => member.replace(/^\d+:-?\d+:/, ""));
  if (queued !== waiting.length) throw new Error(`${queueId} miscounts its queued jobs`);
  if ((flags & 2) !== (scheduled.length > 0 ? 2 : 0)) throw new Error(`${queueId} is wrong about its scheduled jobs`);
  if (lifetime >= 0) found.expiresAtMs.set(queueId, Date.now() + lifetime);
  found.queues.set(queueId, {
    waiting: [...waiting, ...scheduled].sort(),
    later: scheduled.length,
    active: active ?? 0,
    passing: lifetime >= 0,
  });
}

/** What Redis must hold according to the model. A scheduled job that became due may be promoted or not yet. */
export function expected(model: Model, actual: Holdings): Holdings {
  const queues = [...model.queues.values()];
  const held = queues.filter((queue) => queue.jobs.size > 0 || actual.queues.has(queue.id));
  const names = (of: (queue: ModelQueue) => Iterable<string>) =>
    queues.flatMap((queue) => [...of(queue)].map((id) => `${queue.id}:${id}`)).sort();
  return {
    sets: new Map([...expectedSets(queues, actual)].filter(([, elements]) => elements.size > 0)),
    jobs: names((queue) => queue.jobs.keys()),
    ended: names((queue) => queue.ended.keys()),
    tags: new Map(
      everyJob(queues).flatMap(([name, { asked }]) => (asked.tags?.length ? [[name, [...asked.tags]] as const] : [])),
    ),
    logs: new Map(everyJob(queues).flatMap(([name, { lines }]) => (lines > 0 ? [[name, lines] as const] : []))),
    expiresAtMs: actual.expiresAtMs,
    queues: new Map(
      held.map((queue) => [
        queue.id,
        {
          waiting: queue.waiting.map((job) => job.id).sort(),
          later: actual.queues.get(queue.id)?.later ?? 0,
          active: queue.active.length,
          passing: queue.jobs.size === 0 && !queue.explicit,
        },
      ]),
    ),
  };
}

function everyJob(queues: readonly ModelQueue[]) {
  return queues.flatMap((queue) => [
    ...[...queue.jobs].map(([id, job]) => [`${queue.id}:${id}`, job] as const),
    ...[...queue.ended].map(([id, { job }]) => [`${queue.id}:${id}`, job] as const),
  ]);
}

function expectedSets(queues: readonly ModelQueue[], actual: Holdings): Map<string, Map<string, number>> {
  const sets = new Map<string, Map<string, number>>();
  const add = (name: string, element: string, score: number) => {
    const set = sets.get(name) ?? new Map<string, number>();
    sets.set(name, set.set(element, score));
  };
  for (const queue of queues) {
    const readyAtUs = queue.readyAtUs();
    if (readyAtUs !== undefined) add("ready", queue.id, readyAtUs);
    else if (queue.waiting.length > 0) add("blocked", queue.id, 0);
    for (const job of queue.jobs.values()) addLiving(queue, job, actual, add);
    for (const [id, { state, endedMs, keptUntilMs, restartedAs }] of queue.ended) {
      const name = `${queue.id}:${id}`;
      add("kept", name, keptUntilMs);
      add(`ended:${state}`, name, endedMs);
      add(`past:${state}:${queue.id}`, id, endedMs);
      if (state === "failed" && restartedAs === null) add("dead", name, endedMs);
    }
  }
  for (const [name, { asked }] of everyJob(queues)) {
    // Times of enqueues are not in the model.
    for (const tag of asked.tags ?? []) add(`tag:${tag}`, name, actual.sets.get(`tag:${tag}`)?.get(name) ?? -1);
  }
  return sets;
}

function addLiving(
  queue: ModelQueue,
  job: ModelQueue["waiting"][number],
  actual: Holdings,
  add: (name: string, element: string, score: number) => void,
): void {
  const name = `${queue.id}:${job.id}`;
  if (job.lease) add("active", name, job.lease.endsMs);
  // One that became due may be promoted or not yet.
  else if (!job.available || actual.sets.get("due")?.has(name)) add("due", name, job.dueUs / 1000);
  if (job.asked.deadlineMs !== undefined && job.attempts === 0 && !job.lease)
    add("deadlines", name, job.asked.deadlineMs);
}
