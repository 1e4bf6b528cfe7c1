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
  for (const key of keys) {
    if (key === "{test}:types" || key === `${TAG}:counts`) continue;
    const [, kind = "", rest = ""] =
      /^\{test:sms\}:(ready|active|kept|state|queue|later|job|ended|end|past)(?::(.*))?$/.exec(key) ?? [];
    if (kind === "ready" || kind === "active" || kind === "kept") found[kind] = await scores(redis, key);
    else if (kind === "job") found.jobs.push(rest);
    else if (kind === "ended") found.ended.push(rest);
    else if (kind === "end" && keys.includes(`${TAG}:ended:${rest}`)) continue;
    else if (kind === "past") found.past.push(...[...(await scores(redis, key)).keys()].map((id) => `${rest}:${id}`));
    else if (kind === "state") await readState(redis, rest, found);
    else if (keys.includes(`${TAG}:state:${rest}`) && kind !== "") continue;
    else throw new Error(`The key ${key} belongs to nothing`);
  }
  found.past.sort();
  return found;
}

async function scores(redis: Redis, key: string): Promise<Map<string, number>> {
  const flat = await redis.zrange(key, "0", "-1", "WITHSCORES");
  return new Map(flat.flatMap((member, i) => (i % 2 === 0 ? [[member, Number(flat[i + 1])] as const] : [])));
}

async function readState(redis: Redis, queueId: string, found: Holdings): Promise<void> {
  const [fields, queued, later, lifetime] = await Promise.all([
    redis.hmget(`${TAG}:state:${queueId}`, "active", "later"),
    redis.zrange(`${TAG}:queue:${queueId}`, "0", "-1"),
    redis.zrange(`${TAG}:later:${queueId}`, "0", "-1"),
    redis.pttl(`${TAG}:state:${queueId}`),
  ]);
  const scheduled = later.map((member) => member.replace(/^\d+:/, ""));
  if (Number(fields[1] ?? 0) !== scheduled.length) throw new Error(`${queueId} miscounts its scheduled jobs`);
  if (lifetime >= 0) found.expiresAtMs.set(queueId, Date.now() + lifetime);
  found.queues.set(queueId, {
    waiting: [...queued, ...scheduled].sort(),
    later: scheduled.length,
    active: Number(fields[0] ?? 0),
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
