import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Engine } from "../../src/engine/engine.js";
import { QueueScripts } from "../../src/engine/scripts/queue-scripts.js";
import { ScriptRunner } from "../../src/engine/scripts/script-runner.js";
import { Scripts } from "../../src/engine/scripts/scripts.js";
import { drain, engineOn, job } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";
import type { VirtualClock } from "../support/virtual-clock.js";

const fixture = useEngine();

/** Dispatches of everything ready, asking again after each pause, us; returns their times by queue. */
async function dispatchTimes(engine: Engine, clock: VirtualClock, pausesUs: readonly number[]) {
  const times = new Map<string, number[]>();
  for (const pauseUs of pausesUs) {
    clock.passUs(pauseUs);
    const { dispatches } = await engine.dequeue("sms", { count: 50 });
    for (const { queueId, lease } of dispatches) times.set(queueId, [...(times.get(queueId) ?? []), Number(lease)]);
    clock.passUs(dispatches.length);
  }
  return times;
}

/** The most that a rate lets through between two dispatches, both counted: P3 for every window that holds them. */
function expectWithin(timesUs: readonly number[], burst: number, intervalMs: number): void {
  timesUs.forEach((fromUs, i) => {
    timesUs.slice(i).forEach((untilUs, n) => {
      // A microsecond is the smallest step of time.
      expect(n + 1).toBeLessThanOrEqual(burst + (untilUs - fromUs + 1) / (intervalMs * 1000));
    });
  });
}

const pauses = fc.array(fc.integer({ min: 0, max: 250_000 }), { minLength: 20, maxLength: 40 });

describe("rates", () => {
  test("P3 no window of a queue with a burst holds more dispatches than its burst and its interval allow", async () => {
    const settings = fc.record({ burst: fc.integer({ min: 1, max: 5 }), intervalMs: fc.integer({ min: 1, max: 200 }) });
    await fc.assert(
      fc.asyncProperty(settings, pauses, async ({ burst, intervalMs }, pausesUs) => {
        const { redis, clock } = fixture;
        await redis.flushall();
        const engine = engineOn(redis, clock);
        await engine.queues.change({ queueType: "sms", queueId: "1" }, { burst, intervalMs });
        await engine.enqueueAll(
          "sms",
          Array.from({ length: 400 }, (_, i) => job("1", `j${i}`, { intervalMs })),
        );
        const times = await dispatchTimes(engine, clock, pausesUs);
        expectWithin(times.get("1") ?? [], burst, intervalMs);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test("P4 a queue with a burst that is asked often enough reaches its whole rate", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change({ queueType: "sms", queueId: "1" }, { burst: 3, intervalMs: 7 });
    await engine.enqueueAll(
      "sms",
      Array.from({ length: 300 }, (_, i) => job("1", `j${i}`, { intervalMs: 7 })),
    );
    const times = await dispatchTimes(engine, clock, new Array(1000).fill(1000));
    expect(times.get("1")?.length).toBeGreaterThanOrEqual(Math.floor(1000 / 7) + 2);
  });

  test("P3 a rested queue may do its burst at once, and a drained one remembers what it has done", async () => {
    const { engine, clock } = fixture;
    const some = (from: number) =>
      Array.from({ length: 3 }, (_, i) => job("1", `j${from + i}`, { intervalMs: 100, leaseMs: 60_000 }));
    await engine.queues.changeType("sms", { queueDefaults: { burst: 3 } });
    await engine.enqueueAll("sms", some(0));
    expect(await drain(engine, clock)).toEqual(["j0", "j1", "j2"]);
    for (const id of ["j0", "j1", "j2"]) await engine.finish(job("1", id));
    clock.passMs(150);
    await engine.enqueueAll("sms", some(3));
    expect(await drain(engine, clock)).toEqual(["j3"]);
    clock.passMs(1000);
    expect(await drain(engine, clock)).toEqual(["j4", "j5"]);
  });

  test("P3 the limit of a type holds over all of its queues", async () => {
    const { engine, clock } = fixture;
    await engine.queues.changeType("sms", { intervalMs: 50, burst: 2 });
    const jobs = Array.from({ length: 200 }, (_, i) => job(`q${i % 20}`, `j${i}`));
    await engine.enqueueAll("sms", jobs);
    const times = await dispatchTimes(engine, clock, new Array(100).fill(13_000));
    const all = [...times.values()].flat().sort((a, b) => a - b);
    expectWithin(all, 2, 50);
    expect(all.length).toBeGreaterThanOrEqual(Math.floor((100 * 13) / 50));
    // P6: all of them had their turn.
    expect(times.size).toBe(20);
  });

  test("P11 a change of the limits of a type acts on the next dispatch", async () => {
    const { engine, clock } = fixture;
    await engine.enqueueAll(
      "sms",
      Array.from({ length: 10 }, (_, i) => job(`q${i}`, `j${i}`)),
    );
    await engine.queues.changeType("sms", { intervalMs: 1000 });
    expect(await drain(engine, clock)).toHaveLength(1);
    expect((await engine.dequeue("sms")).nextReadyInMs).toBe(1000);
    await engine.queues.changeType("sms", { intervalMs: 100 });
    expect((await engine.dequeue("sms")).nextReadyInMs).toBe(100);
    await engine.queues.changeType("sms", { paused: true });
    clock.passMs(500);
    expect(await engine.dequeue("sms")).toEqual({ dispatches: [], nextReadyInMs: null });
    await engine.queues.changeType("sms", { paused: null, intervalMs: null });
    expect(await drain(engine, clock)).toHaveLength(9);
  });

  test("P11 a default of the type acts at once on all queues that have no setting of their own", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change({ queueType: "sms", queueId: "own" }, { intervalMs: 10 });
    const jobs = ["a", "b", "own"].flatMap((queueId) =>
      ["1", "2", "3"].map((id) => ({ ...job(queueId, `${queueId}${id}`), intervalMs: undefined })),
    );
    await engine.enqueueAll("sms", jobs);
    clock.passMs(1);
    await engine.queues.changeType("sms", { queueDefaults: { intervalMs: 5000, concurrency: 1 } });
    expect((await drain(engine, clock)).sort()).toEqual(["a1", "b1", "own1"]);
    expect((await engine.queues.queue({ queueType: "sms", queueId: "a" })).state).toBe("full");
    await engine.queues.changeType("sms", { queueDefaults: { concurrency: null } });
    clock.passMs(20);
    expect(await drain(engine, clock)).toEqual(["own2"]);
    await engine.queues.changeType("sms", { queueDefaults: { intervalMs: 0 } });
    expect((await drain(engine, clock)).sort()).toEqual(["a2", "a3", "b2", "b3"]);
  });

  test("the limits of a type in partitions are shared out among them", async () => {
    const { redis, clock } = fixture;
    const engine = engineOn(redis, clock, { partitions: () => 4 });
    await expect(engine.queues.changeType("sms", { concurrency: 3 })).rejects.toMatchObject({ code: "bad_limit" });
    const { settings } = await engine.queues.changeType("sms", { concurrency: 10, intervalMs: 25, burst: 6 });
    expect(settings).toMatchObject({ concurrency: 10, intervalMs: 25, burst: 6 });
    await engine.enqueueAll(
      "sms",
      Array.from({ length: 100 }, (_, i) => job(`q${i}`, `j${i}`)),
    );
    const times = await dispatchTimes(engine, clock, new Array(20).fill(100_000));
    expect([...times.values()].flat()).toHaveLength(10);
    expect(await engine.queues.type("sms")).toMatchObject({ active: 10, queued: 90 });
  });

  test("P5 queues that are paused or full cost a dequeue nothing, and no other queue waits for them", async () => {
    const { redis, engine } = fixture;
    for (let i = 0; i < 300; i += 1) {
      const queue = { queueType: "sms", queueId: `held${i}` };
      await engine.queues.change(queue, i % 2 === 0 ? { paused: true } : { concurrency: 1 });
      await engine.enqueueAll("sms", [job(queue.queueId, "1"), job(queue.queueId, "2")]);
      if (i % 2 === 1) await engine.dequeue("sms", { queueId: queue.queueId });
    }
    await engine.enqueue(job("free", "j"));
    await redis.config("RESETSTAT");
    expect((await engine.dequeue("sms")).dispatches).toMatchObject([{ queueId: "free" }]);
    expect(await redis.info("commandstats")).toMatch(/cmdstat_get:calls=[12],/);
  });

  test("a job that is finished makes room in a full queue and in a full type for who waits", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change({ queueType: "sms", queueId: "1" }, { concurrency: 1 });
    await engine.enqueueAll("sms", [job("1", "a"), job("1", "b")]);
    expect(await drain(engine, clock)).toEqual(["a"]);
    expect(await engine.dequeue("sms")).toEqual({ dispatches: [], nextReadyInMs: null });
    await engine.finish(job("1", "a"));
    expect(await drain(engine, clock)).toEqual(["b"]);
  });

  const queue = { queueType: "sms", queueId: "1" };
  const tag = "{test:sms}";
  const twenty = () => Array.from({ length: 20 }, (_, i) => ({ ...job("1", `j${i}`), intervalMs: undefined }));
  /** The scripts alone, for what a server does when its client has gone or it is killed half-way. */
  const bare = () => {
    const presets = { leaseMs: 60_000, requeueLimit: -1, deadLetterRetentionMs: 60_000 };
    const runner = new ScriptRunner(fixture.redis);
    const { read } = fixture.clock;
    return { scripts: new Scripts(runner, read, presets), queueScripts: new QueueScripts(runner, read, presets) };
  };

  test("P3 a burst that is taken away and given again, whoever does that and how, does not come anew", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change(queue, { intervalMs: 10_000, burst: 5 });
    await engine.enqueueAll("sms", twenty());
    clock.passMs(1);
    expect(await drain(engine, clock)).toHaveLength(5);
    for (const burst of [1, null]) {
      await engine.queues.change(queue, { burst });
      await engine.queues.change(queue, { burst: 5 });
    }
    await engine.queues.change(queue, { intervalMs: 1 });
    await engine.queues.change(queue, { intervalMs: 10_000 });
    await engine.clear(queue, { purge: true, active: true });
    await engine.queues.changeType("sms", { queueDefaults: { burst: 5 } });
    await engine.queues.changeType("sms", { queueDefaults: { burst: null } });
    await engine.queues.change(queue, { burst: 5 });
    await engine.enqueueAll("sms", twenty());
    clock.passMs(1);
    expect(await drain(engine, clock)).toEqual([]);
    clock.passMs(10_000);
    expect(await drain(engine, clock)).toHaveLength(1);
  });

  test("P13 the longest interval with a burst blocks a queue for good, and nothing else", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change(queue, { intervalMs: Number.MAX_SAFE_INTEGER, burst: 9 });
    await engine.enqueueAll("sms", twenty());
    clock.passMs(1);
    const held = await drain(engine, clock);
    expect(held).toHaveLength(9);
    await engine.queues.change(queue, { burst: 2 });
    expect((await engine.dequeue("sms")).nextReadyInMs).toBeGreaterThan(8e15);
    await engine.enqueue(job("2", "free"));
    clock.passMs(1);
    expect(await drain(engine, clock)).toEqual(["free"]);
    await engine.finishAll(
      "sms",
      held.map((jobId) => ({ queueId: "1", jobId })),
    );
    expect(await engine.queues.queue(queue)).toMatchObject({ active: 0, length: 11, state: "spacing" });
  });

  test.each([1, 3])("P4 dispatches that reached nobody are as if they had not been (burst %i)", async (burst) => {
    const { engine, clock } = fixture;
    const { scripts } = bare();
    await engine.queues.change(queue, { intervalMs: 10_000, burst });
    await engine.queues.changeType("sms", { intervalMs: 10_000, burst });
    await engine.enqueueAll("sms", twenty());
    clock.passMs(5);
    const { dispatches } = await scripts.dequeue(tag, { count: 5 });
    expect(dispatches).toHaveLength(burst);
    await scripts.takeBack(tag, dispatches);
    clock.passMs(1);
    const again = await engine.dequeue("sms", { count: 5 });
    expect(again.dispatches).toHaveLength(burst);
    // P6: it has not been waiting since the beginning of time.
    expect(again.dispatches[0]?.latenessMs).toBeLessThan(10);
    expect(again.dispatches[0]?.attempt).toBe(1);
  });

  test("P11 P5 a server that dies while it changes the defaults of a type leaves no queue behind that nobody dispatches", async () => {
    const { engine, clock } = fixture;
    const { queueScripts } = bare();
    await engine.queues.changeType("sms", { queueDefaults: { concurrency: 1 } });
    await engine.enqueueAll(
      "sms",
      ["1", "2"].flatMap((id) => [job(id, "a"), job(id, "b")]),
    );
    clock.passMs(1);
    expect(await drain(engine, clock)).toEqual(["a", "a"]);
    const none = { queueDefaults: { concurrency: null } };
    await queueScripts.setType(tag, none, none);
    await engine.enqueue(job("1", "touched"));
    clock.passMs(1);
    expect(await drain(engine, clock)).toEqual(["b", "touched"]);
    await engine.sweep("sms");
    expect(await drain(engine, clock)).toEqual(["b"]);
    expect(await fixture.redis.exists(`${tag}:blocked`, `${tag}:type`)).toBe(0);
  });

  test("P12 large payloads come in several answers, and none of them is lost", async () => {
    const { engine, clock } = fixture;
    const payload = JSON.stringify("x".repeat(900_000));
    for (let i = 0; i < 30; i += 1) await engine.enqueue({ ...job(`q${i}`, "big"), payload });
    clock.passMs(1);
    const first = await engine.dequeue("sms", { count: 30 });
    expect(first.dispatches.length).toBeLessThan(25);
    clock.passMs(1);
    const second = await engine.dequeue("sms", { count: 30 });
    expect(first.dispatches.length + second.dispatches.length).toBe(30);
    expect((await engine.lists.jobs("sms", { state: "active" }, { limit: 30 })).items).toHaveLength(30);
  });
});
