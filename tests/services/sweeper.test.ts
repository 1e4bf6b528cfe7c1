import { describe, expect, test } from "@jest/globals";
import { Sweeper } from "../../src/services/sweeper.js";
import { drain, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();
const quiet = { error: () => {}, info: () => {} };

describe("sweeper", () => {
  test("P7 one pass requeues all that is expired, of every type, in bounded steps", async () => {
    const { engine, clock } = fixture;
    for (const queueType of ["sms", "mail"]) {
      for (let i = 0; i < 250; i += 1) await engine.enqueue({ ...job(`q${i % 3}`, `j${i}`), queueType });
      expect(await drain(engine, clock, queueType)).toHaveLength(250);
    }
    clock.passMs(LEASE_MS + 1);
    const sweeper = new Sweeper({ engine, intervalMs: 1000, log: quiet });
    expect(await sweeper.runOnce()).toEqual({ requeued: 500, dead: 0, cancelled: 0, dropped: 0 });
    expect(await sweeper.runOnce()).toEqual({ requeued: 0, dead: 0, cancelled: 0, dropped: 0 });
  });

  test("P7 two sweepers at once requeue each job once", async () => {
    const { engine, clock } = fixture;
    for (let i = 0; i < 300; i += 1) await engine.enqueue(job("1", `j${i}`, { requeueLimit: i % 2 }));
    await drain(engine, clock);
    clock.passMs(LEASE_MS + 1);
    const sweepers = [1, 2].map(() => new Sweeper({ engine, intervalMs: 1000, log: quiet }));
    const [one, two] = await Promise.all(sweepers.map((sweeper) => sweeper.runOnce()));
    expect([(one?.requeued ?? 0) + (two?.requeued ?? 0), (one?.dead ?? 0) + (two?.dead ?? 0)]).toEqual([150, 150]);
  });

  test("P7 a type that can't be swept does not keep the others from it", async () => {
    const { engine, clock, redis } = fixture;
    for (const queueType of ["a", "b", "c"]) {
      await engine.enqueue({ ...job("1", "j"), queueType });
      await drain(engine, clock, queueType);
    }
    await redis.del("{test:b}:active");
    await redis.set("{test:b}:active", "not a sorted set");
    clock.passMs(LEASE_MS + 1);
    const sweeper = new Sweeper({ engine, intervalMs: 1000, log: quiet });
    await expect(sweeper.runOnce()).rejects.toThrow("WRONGTYPE");
    for (const queueType of ["a", "c"]) expect(await drain(engine, clock, queueType)).toEqual(["j"]);
  });

  test("a pass ends when it is told to stop, however many types are left", async () => {
    let swept = 0;
    const engine = {
      queueTypes: async () => Array.from({ length: 1000 }, (_, i) => `t${i}`),
      sweep: async () => {
        swept += 1;
        if (swept === 3) void sweeper.stop();
        return { requeued: 0, dead: 0, cancelled: 0, dropped: 0, complete: true };
      },
    };
    const sweeper = new Sweeper({ engine, intervalMs: 1000, log: quiet });
    await sweeper.runOnce();
    expect(swept).toBe(3);
  });

  test("passes go on after some that failed, which is told once when it begins and once when it ends", async () => {
    const told: string[] = [];
    const log = {
      error: (_details: object, message: string) => void told.push(message),
      info: (_details: object, message: string) => void told.push(message),
    };
    let passes = 0;
    let recover = () => {};
    const recovered = new Promise<void>((done) => {
      recover = done;
    });
    const queueTypes = async () => {
      passes += 1;
      if (passes <= 3) throw new Error("Redis is away");
      if (passes === 5) recover();
      return [];
    };
    const sweeper = new Sweeper({ engine: { queueTypes, sweep: fixture.engine.sweep }, intervalMs: 1, log });
    sweeper.start();
    await recovered;
    await sweeper.stop();
    expect(told).toEqual(["a sweep failed; trying again at each interval", "sweeping again"]);
  });
});
