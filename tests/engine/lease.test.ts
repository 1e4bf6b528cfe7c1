import { describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { DEAD_MS, drain, engineOn, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();

async function take(engine: Engine) {
  const [dispatch] = (await engine.dequeue("sms")).dispatches;
  if (!dispatch) throw new Error("nothing was ready");
  return dispatch;
}

describe("leases", () => {
  test("P7 a job whose lease ended is requeued by the next sweep, and not before", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a"));
    const first = await take(engine);
    expect(first).toMatchObject({ attempt: 1, requeuesRemaining: -1, leaseExpiresAtMs: clock.ms + LEASE_MS });
    clock.passMs(LEASE_MS - 1);
    expect(await engine.sweep("sms")).toEqual({ requeued: 0, dead: 0, cancelled: 0, dropped: 0, complete: true });
    clock.passMs(1);
    expect(await engine.sweep("sms")).toEqual({ requeued: 1, dead: 0, cancelled: 0, dropped: 0, complete: true });
    expect((await take(engine)).attempt).toBe(2);
  });

  test("P7 a job may bring the length of its leases", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a", { leaseMs: 60_000 }));
    expect((await take(engine)).leaseExpiresAtMs).toBe(clock.ms + 60_000);
    clock.passMs(59_999);
    expect(await engine.sweep("sms")).toMatchObject({ requeued: 0 });
  });

  test("P8 of two finishes one is accepted", async () => {
    const { engine } = fixture;
    await engine.enqueue(job("1", "a"));
    const { lease } = await take(engine);
    const finishes = await Promise.allSettled([engine.finish(job("1", "a"), lease), engine.finish(job("1", "a"))]);
    expect(finishes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("P8 a stale token is refused and changes nothing, also when the job id was used anew", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a"));
    const stale = await take(engine);
    clock.passMs(LEASE_MS);
    await engine.sweep("sms");
    const current = await take(engine);
    await expect(engine.finish(job("1", "a"), stale.lease)).rejects.toMatchObject({ code: "stale_lease" });
    await engine.finish(job("1", "a"), current.lease);
    await engine.enqueue(job("1", "a"));
    clock.passUs(1);
    await take(engine);
    await expect(engine.finish(job("1", "a"), current.lease)).rejects.toMatchObject({ code: "stale_lease" });
    expect((await engine.jobs.get(job("1", "a")))?.state).toBe("active");
  });

  test("P8 a queued job can't be finished, nor one that never was", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a"));
    await expect(engine.finish(job("1", "a"))).rejects.toMatchObject({ code: "not_active" });
    await expect(engine.finish(job("1", "b"))).rejects.toMatchObject({ code: "not_active" });
    expect(await drain(engine, clock)).toEqual(["a"]);
  });

  test("P14 with limit N a job is dispatched N + 1 times and is then a dead letter", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a", { requeueLimit: 2 }));
    const remaining: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      remaining.push((await take(engine)).requeuesRemaining);
      clock.passMs(LEASE_MS);
      await engine.sweep("sms");
    }
    expect(remaining).toEqual([2, 1, 0]);
    expect(await drain(engine, clock)).toEqual([]);
    expect(await engine.jobs.get(job("1", "a"))).toMatchObject({
      state: "failed",
      payload: '{"is":"a"}',
      attempts: 3,
      error: "the lease expired",
      endedAtMs: clock.ms,
    });
  });

  test("P14 a dead letter is kept for its retention, and its id can be used anew meanwhile without losing it", async () => {
    const { engine, clock, redis } = fixture;
    const die = async (payload: string) => {
      await engine.enqueue(job("1", "a", { requeueLimit: 0, payload }));
      await take(engine);
      clock.passMs(LEASE_MS);
      await engine.sweep("sms");
    };
    await die('"one"');
    const firstEnd = clock.ms;
    await die('"two"');
    expect(await engine.jobs.get(job("1", "a"))).toMatchObject({ state: "failed", payload: '"two"' });
    expect(await engine.jobs.get(job("1", `a~${firstEnd}`))).toMatchObject({ state: "failed", payload: '"one"' });
    clock.passMs(DEAD_MS - LEASE_MS);
    expect(await engine.jobs.get(job("1", `a~${firstEnd}`))).toBeNull();
    expect(await engine.sweep("sms")).toMatchObject({ dropped: 1 });
    clock.passMs(LEASE_MS);
    expect(await engine.sweep("sms")).toMatchObject({ dropped: 1 });
    expect((await redis.keys("*")).filter((key) => /jobs|runs|past|kept/.test(key))).toEqual([]);
  });

  test("P12 neither a sweep step nor a finish reads the payloads of jobs that it keeps", async () => {
    const { engine, clock, redis } = fixture;
    const payload = JSON.stringify("x".repeat(500_000));
    for (let i = 0; i < 40; i += 1) await engine.enqueue(job("1", `j${i}`, { requeueLimit: 0, payload, retainMs: 50 }));
    for (let i = 0; i < 40; i += 1, clock.passUs(1)) await take(engine);
    await redis.config("RESETSTAT");
    await engine.finish(job("1", "j0"));
    clock.passMs(LEASE_MS + 1);
    expect(await engine.sweep("sms")).toMatchObject({ dead: 39, cancelled: 0, dropped: 1 });
    // What a script reads of a job with HGET is its run, of some ten bytes; a record would be read once a job more.
    expect(await redis.info("commandstats")).toContain("cmdstat_hget:calls=42,");
    expect((await engine.jobs.get(job("1", "j7")))?.payload).toBe(payload);
  });

  test("a finished job with retention stays readable for that long", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a", { retainMs: 500 }));
    await take(engine);
    await engine.finish(job("1", "a"));
    clock.passMs(499);
    expect(await engine.jobs.get(job("1", "a"))).toMatchObject({
      state: "finished",
      payload: '{"is":"a"}',
      error: null,
    });
    clock.passMs(1);
    expect(await engine.jobs.get(job("1", "a"))).toBeNull();
  });

  test("P12 many leases that end together are requeued in bounded steps, in their order", async () => {
    const { engine, clock } = fixture;
    const ids = Array.from({ length: 1050 }, (_, i) => `j${i}`);
    await Promise.all(ids.map((id) => engine.enqueue(job("1", id))));
    expect(await drain(engine, clock)).toHaveLength(ids.length);
    clock.passMs(LEASE_MS + 1);
    let steps = 0;
    for (let complete = false; !complete; steps += 1) {
      const step = await engine.sweep("sms");
      expect(step.requeued).toBeLessThanOrEqual(500);
      complete = step.complete;
    }
    expect(steps).toBeGreaterThan(2);
    expect(await drain(engine, clock)).toEqual(ids);
  });

  test("P7 P8 servers that sweep and dequeue at the same time hand each job to one worker at a time", async () => {
    const { server, clock } = fixture;
    const engines = [1, 2, 3, 4].map(() => engineOn(server.connect(), clock));
    const [first] = engines as [Engine];
    for (let i = 0; i < 100; i += 1) await first.enqueue(job(`q${i % 7}`, `j${i}`));
    for (let round = 0; round < 3; round += 1) {
      const taken = (await Promise.all(engines.map((engine) => drain(engine, clock)))).flat();
      expect(new Set(taken).size).toBe(100);
      expect(taken).toHaveLength(100);
      clock.passMs(LEASE_MS + 1);
      const steps = await Promise.all(engines.map((engine) => engine.sweep("sms")));
      expect(steps.reduce((sum, step) => sum + step.requeued, 0)).toBe(100);
    }
  });
});
