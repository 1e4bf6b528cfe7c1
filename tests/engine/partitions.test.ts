import { describe, expect, test } from "@jest/globals";
import calculateSlot from "cluster-key-slot";
import { TypeTags } from "../../src/engine/keys.js";
import { channelOn } from "../support/channels.js";
import { drain, engineOn, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();
const spreadOver = (count: number) => ({ partitions: () => count });
const queues = Array.from({ length: 60 }, (_, i) => `q${i}`);

describe("a type in several partitions", () => {
  test("its partitions lie in equal parts of a cluster's slots", () => {
    const tags = new TypeTags("sharq_server");
    for (const count of [2, 12, 100]) {
      const parts = tags.all("sms", count).map((tag) => Math.floor((calculateSlot(tag) * count) / 16_384));
      expect(parts).toEqual(Array.from({ length: count }, (_, i) => i));
    }
    expect(tags.all("sms", 1)).toEqual(["{sharq_server:sms}"]);
  });

  test("every operation finds a queue where it was put", async () => {
    const { redis, clock } = fixture;
    const engine = engineOn(redis, clock, spreadOver(4));
    for (const queue of queues) {
      await engine.enqueue(job(queue, "a", { requeueLimit: 0 }));
      await engine.enqueue(job(queue, "b"));
    }
    expect(await engine.queueIds("sms")).toEqual([...queues].sort());
    expect((await redis.keys("*:ready")).length).toBe(4);
    expect((await engine.jobs.get(job("q7", "a")))?.state).toBe("queued");
    await engine.queues.setInterval(job("q7", ""), 30);
    expect(await engine.clear(job("q8", ""), { purge: true })).toBe(2);
    expect((await engine.queueMetrics(job("q9", ""))).length).toBe(2);
    const { enqueues, queueTypes } = await engine.metrics();
    expect([queueTypes, [...enqueues.values()].at(-1)]).toEqual([["sms"], 120]);
    expect(await drain(engine, clock)).toHaveLength(117);
    await engine.finish(job("q9", "b"));
    clock.passMs(LEASE_MS + 1);
    expect(await engine.sweep("sms")).toMatchObject({ requeued: 57, dead: 59 });
  });

  test("P5 an empty answer is only given when all partitions are empty", async () => {
    const { redis, clock } = fixture;
    const engine = engineOn(redis, clock, spreadOver(12));
    for (const queue of queues) {
      await engine.enqueue(job(queue, "a"));
      clock.passUs(1);
      expect((await engine.dequeue("sms")).dispatches).toHaveLength(1);
      expect((await engine.dequeue("sms")).dispatches).toHaveLength(0);
    }
    clock.passUs(1000 - queues.length);
    await engine.enqueue(job("q1", "late", { delayMs: 500 }));
    await engine.enqueue(job("q2", "soon", { delayMs: 200 }));
    expect(await engine.dequeue("sms")).toEqual({ dispatches: [], nextReadyInMs: 200 });
  });

  test("no partition starves while others have backlog", async () => {
    const { redis, clock } = fixture;
    const engine = engineOn(redis, clock, spreadOver(4));
    const ofPartition = new Map<string, string>();
    const tags = new TypeTags("test");
    for (const queue of queues) ofPartition.set(tags.of("sms", queue, 4), queue);
    const [lonely = "", ...busy] = ofPartition.values();
    for (const queue of busy) for (let i = 0; i < 50; i += 1) await engine.enqueue(job(queue, `j${i}`));
    // The lonely queue's partition is known to be empty before another server fills it.
    await engine.dequeue("sms", { count: 8 });
    await engineOn(redis, clock, spreadOver(4)).enqueue(job(lonely, "lonely"));
    const order: string[] = [];
    const until = Date.now() + 2000;
    while (!order.includes("lonely") && Date.now() < until) {
      clock.passUs(1);
      const { dispatches } = await engine.dequeue("sms");
      order.push(...dispatches.map(({ jobId }) => jobId));
      await engine.enqueue(job(busy[0] ?? "", `more${order.length}`));
    }
    expect(order).toContain("lonely");
  });

  test("one request that waits is woken by any partition", async () => {
    const { server } = fixture;
    const engines = [1, 2].map(() =>
      engineOn(server.connect(), fixture.clock, {
        ...spreadOver(6),
        wake: channelOn(server.connect()),
        virtualClock: undefined,
      }),
    );
    const [engine, other] = engines as [(typeof engines)[0], (typeof engines)[0]];
    for (const queue of queues.slice(0, 10)) {
      const waiting = engine.dequeue("sms", { waitMs: 20_000 });
      await other.enqueue(job(queue, "a"));
      expect((await waiting).dispatches).toMatchObject([{ queueId: queue, jobId: "a" }]);
    }
  });

  test("the number of partitions of a type in use stays, whatever a server is configured to, and is told", async () => {
    const { redis, clock } = fixture;
    const notes: object[] = [];
    const onNote = (note: object) => notes.push(note);
    const before = engineOn(redis, clock, spreadOver(4));
    for (const queue of queues) await before.enqueue(job(queue, "a"));
    const after = engineOn(redis, clock, { ...spreadOver(9), onNote });
    for (const queue of queues) await after.enqueue(job(queue, "b"));
    expect(notes).toEqual([{ kind: "other_partitions", queueType: "sms", inUse: 4, wanted: 9 }]);
    expect((await redis.keys("*:ready")).length).toBe(4);
    expect(await drain(after, clock)).toHaveLength(120);
    for (const queue of queues) {
      await before.finish(job(queue, "a"));
      await before.finish(job(queue, "b"));
    }
    // When the type is out of use and forgotten, the next one to use it says how it is spread.
    clock.passMs(12 * 60_000);
    for (const key of await redis.keys("*:counts")) await redis.del(key);
    await after.sweep("sms");
    for (const queue of queues) await after.enqueue(job(queue, "c"));
    expect((await redis.keys("*:ready")).length).toBe(9);
    for (const queue of queues) await before.enqueue(job(queue, "d"));
    expect((await redis.keys("*:ready")).length).toBe(9);
  });

  test("P3 P11 a type with a long spacing or an explicit setting keeps its number of partitions", async () => {
    const { redis, clock } = fixture;
    for (const [queueType, keepsMs] of [
      ["spaced", 3_600_000],
      ["explicit", Number.POSITIVE_INFINITY],
    ] as const) {
      const of = { queueType, queueId: "1" };
      const engine = engineOn(redis, clock, spreadOver(2));
      await engine.enqueue({ ...job("1", "a", { intervalMs: 3_600_000 }), queueType });
      if (keepsMs === Number.POSITIVE_INFINITY) await engine.queues.setInterval(of, 1000);
      await drain(engine, clock, queueType);
      await engine.finish({ ...of, jobId: "a" });
      clock.passMs(12 * 60_000);
      for (const key of await redis.keys("*:counts")) await redis.del(key);
      await engine.sweep(queueType);
      expect(await engine.queueTypes()).toContain(queueType);
      clock.passMs(3_600_000);
      await engine.sweep(queueType);
      expect((await engine.queueTypes()).includes(queueType)).toBe(keepsMs === Number.POSITIVE_INFINITY);
    }
  });
});
