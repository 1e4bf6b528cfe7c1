import { readFile } from "node:fs/promises";
import type { Redis } from "ioredis";
import type { Model, ModelQueue } from "./model.js";

/** Everything that Redis holds of queue type `sms`, in a form that compares with a model. */
export interface Holdings {
  ready: Map<string, number>;
  active: Map<string, number>;
  kept: Map<string, number>;
  jobs: string[];
  ended: string[];
  /** The ended jobs by the index of their queue. */
  past: string[];
  /** When the state of a drained queue goes, real time in ms. */
  expiresAtMs: Map<string, number>;
  /** By queue: what waits, how much of it is scheduled, what is active, and whether the state goes by itself. */
  queues: Map<string, { waiting: string[]; later: number; active: number; passing: boolean }>;
}

const TAG = "{test:sms}";

/** Reads all keys of the type; fails on a key that has no place in the data model. */
export async function holdings(redis: Redis): Promise<Holdings> {
  const found: Holdings = {
    ready: new Map(),
    active: new Map(),
    kept: new Map(),
    jobs: [],
    ended: [],
    past: [],
    expiresAtMs: new Map(),
    queues: new Map(),
  };
  const keys = (await redis.keys("*")).sort();
  const runs = await readRuns(redis);
  for (const key of keys) {
    if (key === "{test}:types" || ["counts", "runs", "held"].some((name) => key === `${TAG}:${name}`)) continue;
    const [, kind = "", rest = ""] =
      /^\{test:sms\}:(ready|active|kept|jobs|q|rest|later|past)(?::(.*))?$/.exec(key) ?? [];
    if (kind === "ready" || kind === "active" || kind === "kept") found[kind] = await scores(redis, key);
    else if (kind === "jobs") {
      for (const name of (await redis.hkeys(key)).sort()) (runs.get(name)?.ended ? found.ended : found.jobs).push(name);
    } else if (kind === "past") found.past.push(...[...(await scores(redis, key)).keys()].map((id) => `${rest}:${id}`));
    else if (kind === "q") await readState(redis, rest, found);
    else if (keys.includes(`${TAG}:q:${rest}`) && kind !== "") continue;
    else throw new Error(`The key ${key} belongs to nothing`);
  }
  const known = [...found.jobs, ...found.ended];
  for (const name of runs.keys()) if (!known.includes(name)) throw new Error(`The run of ${name} belongs to no job`);
  found.past.sort();
  return found;
}

/** Strings as the scripts write them, read by Redis; numbers come as texts, as they may be beyond its integers. */
async function unpacked(redis: Redis, format: string, raw: Buffer): Promise<string[]> {
  const fragment = await readFile(new URL(`../../lua/lib/${format}.lua`, import.meta.url), "utf8");
  const script = `${fragment}
    local values = { struct.unpack(${format === "run" ? "run.format" : format}, ARGV[1]) }
    for i, value in ipairs(values) do values[i] = string.format('%.0f', value) end
    return values`;
  return (await redis.eval(script, 0, raw)) as string[];
}

async function readRuns(redis: Redis): Promise<Map<string, { ended: boolean }>> {
  const runs = new Map<string, { ended: boolean }>();
  for (const [name, raw] of Object.entries(await redis.hgetallBuffer(`${TAG}:runs`))) {
    const end = (await unpacked(redis, "run", raw)).at(-1);
    runs.set(name, { ended: Number(end) <= raw.length });
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
  const values = (await unpacked(redis, "queue_format", raw)).map(Number);
  const [flags = 0, , , , , queued, active, , , , end = 0] = values;
  const head = raw.subarray(end - 1 + Math.floor(flags / 16) * 6).toString();
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
  const named = <T>(of: (queue: ModelQueue) => Iterable<readonly [string, T]>) =>
    new Map(queues.flatMap((queue) => [...of(queue)].map(([id, value]) => [`${queue.id}:${id}`, value] as const)));
  const held = queues.filter((queue) => queue.jobs.size > 0 || actual.queues.has(queue.id));
  return {
    ready: new Map(
      queues.flatMap((queue) => {
        const at = queue.readyAtUs();
        return at === undefined ? [] : [[queue.id, at] as const];
      }),
    ),
    active: named((queue) => queue.active.map((job) => [job.id, job.lease?.endsMs ?? 0] as const)),
    kept: named((queue) => [...queue.ended].map(([id, { keptUntilMs }]) => [id, keptUntilMs] as const)),
    jobs: [...named((queue) => queue.jobs).keys()].sort(),
    ended: [...named((queue) => queue.ended).keys()].sort(),
    past: [...named((queue) => queue.ended).keys()].sort(),
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
