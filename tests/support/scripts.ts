import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptConnection } from "../../src/redis/connection.js";

/** Scripts as the engine has them: given a hash tag as their only key, of which they make the names of the others. */

/** Adds to a counter and returns it. Arguments: name of the counter. */
export const COUNT = "return redis.call('INCR', KEYS[1] .. ':' .. ARGV[1])";
/** Returns the largest of the counters. Arguments: their names. */
export const LARGEST = `
local largest = 0
for _, name in ipairs(ARGV) do
  largest = math.max(largest, tonumber(redis.call('GET', KEYS[1] .. ':' .. name) or 0))
end
return largest`;

/** How a call ended. */
export interface Call {
  tag: string;
  name: string;
  tookMs: number;
  /** `undefined` when it succeeded. */
  error: Error | undefined;
}

/** Counts something that nobody else counts. */
export async function count(redis: ScriptConnection, tag: string, name: string): Promise<Call> {
  const startedAt = performance.now();
  const error = await redis.eval(COUNT, 1, tag, name).then(
    () => undefined,
    (reason: Error) => reason,
  );
  return { tag, name, tookMs: performance.now() - startedAt, error };
}

/** Makes a call for each tag every few milliseconds, each with a name of its own, until it is told to stop. */
export function load(redis: ScriptConnection, tags: readonly string[]) {
  const calls: Promise<Call>[] = [];
  const settled: Call[] = [];
  // A test that fails does not stop it.
  const timer = setInterval(() => {
    for (const tag of tags) {
      const call = count(redis, tag, randomUUID());
      calls.push(call);
      void call.then((ended) => settled.push(ended));
    }
  }, 5).unref();
  return {
    /** Resolves when as many calls in a row as given have ended in that way, beginning from now. */
    async until(row: number, wanted: (call: Call) => boolean): Promise<void> {
      for (let from = settled.length, found = 0; found < row; await sleep(5)) {
        for (; from < settled.length && found < row; from += 1) found = wanted(settled[from] as Call) ? found + 1 : 0;
      }
    },
    /** All calls, when the last has ended. */
    stop(): Promise<Call[]> {
      clearInterval(timer);
      return Promise.all(calls);
    },
  };
}

/** How often the call that ran most often has run. */
export async function mostRuns(redis: ScriptConnection, calls: readonly Call[]): Promise<number> {
  const tags = [...new Set(calls.map(({ tag }) => tag))];
  const largest = tags.map((tag) =>
    redis.eval(LARGEST, 1, tag, ...calls.filter((call) => call.tag === tag).map(({ name }) => name)),
  );
  return Math.max(...(await Promise.all(largest)).map(Number));
}

/** Resolves when a call succeeds. */
export async function untilServed(redis: ScriptConnection, tag: string): Promise<void> {
  while ((await count(redis, tag, "probe")).error) await sleep(20);
}
