import { describe, expect, test } from "@jest/globals";
import type { Redis } from "ioredis";
import { SharqError } from "../../src/engine/errors.js";
import { drain, engineOn, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";
import type { VirtualClock } from "../support/virtual-clock.js";

const fixture = useEngine();

/** Removes the keys whose expiry has come in virtual time, as Redis does by the real clock. */
async function removeExpired(redis: Redis, clock: VirtualClock): Promise<void> {
  for (const key of await redis.keys("*")) {
    const lifetime = await redis.pttl(key);
    if (lifetime >= 0 && Date.now() + lifetime <= clock.ms) await redis.del(key);
  }
}

describe("what is stored, and what is left", () => {
  test("P9 an id that lives is not enqueued again, whether it is queued, scheduled or active", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a"));
    await engine.enqueue(job("1", "s", { delayMs: 10 }));
    const again = (id: string) => engine.enqueue(job("1", id, { payload: '"other"', intervalMs: 9999 }));
    expect((await again("a")).outcome).toBe("duplicate");
    expect((await again("s")).outcome).toBe("duplicate");
    expect(await drain(engine, clock)).toEqual(["a"]);
    expect((await again("a")).outcome).toBe("duplicate");
    expect((await engine.jobs.get(job("1", "a")))?.payload).toBe('{"is":"a"}');
    await engine.finish(job("1", "a"));
    clock.passMs(10);
    expect(await drain(engine, clock)).toEqual(["s"]);
    expect((await again("a")).outcome).toBe("queued");
  });

  test("P9 the same id lives once in each queue", async () => {
    const { engine, clock } = fixture;
    for (const queue of ["1", "2"]) expect((await engine.enqueue(job(queue, "a"))).outcome).toBe("queued");
    expect(await drain(engine, clock)).toEqual(["a", "a"]);
  });

  test("a length limit holds when many enqueue at once, and counts scheduled jobs", async () => {
    const { engine } = fixture;
    await engine.enqueue(job("1", "s", { delayMs: 1000 }));
    const tries = Array.from({ length: 60 }, (_, i) => engine.enqueue(job("1", `j${i}`, { maxQueuedLength: 10 })));
    const settled = await Promise.allSettled(tries);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(9);
    const refused = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused.every((error) => error instanceof SharqError && error.code === "queue_full")).toBe(true);
    expect((await engine.queueMetrics(job("1", ""))).length).toBe(10);
  });

  test("P10 when all is finished and the windows have passed, nothing is left but explicit settings", async () => {
    const { engine, clock, redis } = fixture;
    for (let i = 0; i < 40; i += 1) await engine.enqueue(job(`q${i % 5}`, `j${i}`, { intervalMs: 20, retainMs: 50 }));
    await engine.queues.setInterval(job("q1", ""), 30);
    for (let left = 40; left > 0; clock.passMs(10)) {
      for (const { queueId, jobId } of (await engine.dequeue("sms", { count: 10 })).dispatches) {
        await engine.finish(job(queueId, jobId));
        left -= 1;
      }
    }
    clock.passMs(11 * 60_000);
    await removeExpired(redis, clock);
    await engine.sweep("sms");
    expect((await redis.keys("*")).sort()).toEqual(["{test:sms}:held", "{test:sms}:q:q1", "{test}:types"]);
  });

  test("P10 clearing a queue takes its jobs whole; with purge also its settings, counters and dead letters", async () => {
    const { engine, clock, redis } = fixture;
    await engine.enqueue(job("1", "dead", { requeueLimit: 0 }));
    await drain(engine, clock);
    clock.passMs(LEASE_MS + 1);
    await engine.sweep("sms");
    for (let i = 0; i < 1100; i += 1) await engine.enqueue(job("1", `j${i}`, { delayMs: i % 2 === 0 ? 0 : 60_000 }));
    await engine.queues.setInterval(job("1", ""), 5);
    expect(await engine.clear(job("1", ""), { purge: true })).toBe(1100);
    const counts = await engine.queueMetrics(job("1", ""));
    expect([...counts.enqueues.values()].every((count) => count === 0)).toBe(true);
    const keys = (await redis.keys("*")).filter((key) => !/:counts$|types$/.test(key));
    expect(keys).toEqual(["{test:sms}:q:1"]);
    expect(await redis.pttl("{test:sms}:q:1")).toBeGreaterThan(0);
  });

  test("clearing leaves active jobs to be finished", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "active"));
    await drain(engine, clock);
    await engine.enqueue(job("1", "queued"));
    expect(await engine.clear(job("1", ""), { purge: false })).toBe(1);
    await engine.finish(job("1", "active"));
    expect(await engine.clear(job("1", ""), { purge: false })).toBe(0);
  });

  test("clearing a queue while others enqueue to it leaves no queue that is ready without a job", async () => {
    const { engine, server, clock, redis } = fixture;
    const other = engineOn(server.connect(), clock);
    for (let round = 0; round < 100; round += 1) {
      await engine.enqueue(job("1", `a${round}`));
      await Promise.all([
        engine.clear(job("1", ""), { purge: round % 2 === 0 }),
        other.enqueue(job("1", `b${round}`)),
        other.dequeue("sms"),
      ]);
      const { length } = await engine.queueMetrics(job("1", ""));
      expect(await redis.zscore("{test:sms}:ready", "1")).toEqual(length === 0 ? null : expect.any(String));
    }
  });

  test("a job whose record is lost is dropped, and the queue goes on", async () => {
    const { engine, clock, redis } = fixture;
    for (const id of ["a", "b"]) await engine.enqueue(job("1", id));
    await redis.hdel("{test:sms}:jobs", "1:a");
    expect(await drain(engine, clock)).toEqual(["b"]);
    await engine.finish(job("1", "b"));
  });

  test("what is lost of a queue besides harms no other queue, and the queue goes on", async () => {
    const { engine, clock, redis } = fixture;
    for (const id of ["a", "b"]) await engine.enqueue(job("1", id));
    await engine.enqueue(job("2", "c"));
    await redis.del("{test:sms}:rest:1");
    expect(await drain(engine, clock)).toEqual(["a", "c"]);
    await redis.del("{test:sms}:q:1");
    await engine.finish(job("1", "a"));
    expect(await redis.pttl("{test:sms}:q:1")).toBeGreaterThan(0);
    await engine.enqueue(job("1", "d"));
    expect(await drain(engine, clock)).toEqual(["d"]);
  });

  test("a Redis that is full still takes finishes, also of jobs that are to be kept", async () => {
    const { engine, clock, redis } = fixture;
    await engine.enqueue(job("1", "plain"));
    await engine.enqueue(job("1", "kept", { retainMs: 1000 }));
    await drain(engine, clock);
    await redis.config("SET", "maxmemory", "1");
    try {
      await expect(engine.enqueue(job("1", "more"))).rejects.toThrow(SharqError);
      const leases = ["kept", "plain"].map((jobId) => ({ queueId: "1", jobId }));
      expect(await engine.finishAll("sms", leases)).toEqual(["finished", "finished"]);
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
    expect((await engine.jobs.get(job("1", "kept")))?.state).toBe("finished");
  });

  test("scripts that Redis has forgotten are sent again", async () => {
    const { engine, clock, redis } = fixture;
    await engine.enqueue(job("1", "a"));
    await redis.script("FLUSH");
    expect(await drain(engine, clock)).toEqual(["a"]);
  });

  test("payloads are kept byte for byte", async () => {
    const { engine } = fixture;
    const payload = '{"n": 9007199254740993.000, "é😀":[1e400,"\\ud800"],\n"a":1,"a":2}';
    await engine.enqueue(job("1", "a", { payload }));
    expect((await engine.dequeue("sms")).dispatches[0]?.payload).toBe(payload);
  });
});

test("P7 a type that Redis forgot in a crash or a flush is known again with the next enqueue", async () => {
  const { engine, redis } = fixture;
  await engine.enqueue(job("1", "a"));
  await redis.flushall();
  await engine.enqueue(job("1", "b"));
  expect(await engine.queueTypes()).toEqual(["sms"]);
});

describe("metrics", () => {
  test("counts of the last ten minutes, by queue, by type and in all", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a"));
    clock.passMs(9 * 60_000);
    await engine.enqueue(job("2", "b"));
    await engine.enqueue({ ...job("1", "c"), queueType: "mail" });
    await engine.enqueue({ ...job("1", "c"), queueType: "mail" });
    await drain(engine, clock, "mail");
    const { queueTypes, enqueues, dequeues } = await engine.metrics();
    expect(queueTypes).toEqual(["mail", "sms"]);
    expect([...enqueues.values()]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    expect([...dequeues.values()]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect([...enqueues.keys()].at(-1)).toBe(Math.floor(clock.ms / 60_000) * 60_000);
    expect([...(await engine.queueMetrics(job("1", ""))).enqueues.values()]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    clock.passMs(60_000);
    expect([...(await engine.metrics()).enqueues.values()]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
    expect([...(await engine.queueMetrics(job("1", ""))).enqueues.values()].every((count) => count === 0)).toBe(true);
  });

  test("queue ids are those with waiting or active jobs, of any number", async () => {
    const { engine } = fixture;
    const ids = Array.from({ length: 1200 }, (_, i) => `q${i}`).sort();
    await Promise.all(ids.map((id) => engine.enqueue(job(id, "a"))));
    expect(await engine.queueIds("sms")).toEqual(ids);
    for (let left = 700; left > 0; left -= 50) await engine.dequeue("sms", { count: 50 });
    expect(await engine.queueIds("sms")).toEqual(ids);
    await engine.finish(job("q0", "a"));
    expect((await engine.queueIds("sms")).includes("q0")).toBe(false);
  });

  test("a type that nobody uses is forgotten by a sweep, but not while it may be coming into use", async () => {
    const { engine, clock, redis } = fixture;
    await engine.enqueue(job("1", "a"));
    await drain(engine, clock);
    await engine.finish(job("1", "a"));
    await engine.sweep("sms");
    expect(await engine.queueTypes()).toEqual(["sms"]);
    clock.passMs(12 * 60_000);
    await removeExpired(redis, clock);
    await engine.sweep("sms");
    expect(await engine.queueTypes()).toEqual([]);
    await engine.enqueue(job("1", "a"));
    expect(await engine.queueTypes()).toEqual(["sms"]);
  });
});
