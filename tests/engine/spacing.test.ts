import { describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { engineOn, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();

async function take(engine: Engine): Promise<string | undefined> {
  return (await engine.dequeue("sms")).dispatches[0]?.jobId;
}

describe("spacing", () => {
  test("P3 spacing holds when the interval is longer than the lease and the queue drains and fills again", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "first", { intervalMs: 3000 }));
    expect(await take(engine)).toBe("first");
    await engine.finish(job("1", "first"));
    clock.passMs(LEASE_MS + 100);
    await engine.sweep("sms");
    await engine.enqueue(job("1", "second", { intervalMs: 3000 }));
    expect(await take(engine)).toBeUndefined();
    clock.passMs(3000 - LEASE_MS - 101);
    expect(await take(engine)).toBeUndefined();
    clock.passMs(1);
    expect(await take(engine)).toBe("second");
  });

  test("P3 spacing holds when a job is finished while others of its queue are active", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b", "c"]) await engine.enqueue(job("1", id, { intervalMs: 500 }));
    expect(await take(engine)).toBe("a");
    clock.passMs(500);
    expect(await take(engine)).toBe("b");
    await engine.finish(job("1", "a"));
    expect(await take(engine)).toBeUndefined();
    clock.passMs(499);
    expect(await take(engine)).toBeUndefined();
    clock.passMs(1);
    expect(await take(engine)).toBe("c");
  });

  test("P3 spacing holds when several jobs are requeued at once", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b", "c"]) await engine.enqueue(job("1", id, { intervalMs: 200 }));
    for (const id of ["a", "b", "c"]) {
      expect(await take(engine)).toBe(id);
      clock.passMs(200);
    }
    clock.passMs(LEASE_MS);
    expect(await engine.sweep("sms")).toMatchObject({ requeued: 3 });
    const takenAt: number[] = [];
    for (let ms = 0; ms < 1000; ms += 10, clock.passMs(10)) if (await take(engine)) takenAt.push(ms);
    expect(takenAt).toEqual([0, 200, 400]);
  });

  test("P3 purging a queue does not make it forget its last dispatch", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a", { intervalMs: 1000 }));
    await take(engine);
    await engine.finish(job("1", "a"));
    await engine.clear(job("1", "a"), { purge: true });
    await engine.enqueue(job("1", "b", { intervalMs: 1000 }));
    expect(await take(engine)).toBeUndefined();
    clock.passMs(1000);
    expect(await take(engine)).toBe("b");
  });

  test("P3 the longest interval there is blocks a queue for good, and only that queue", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b"]) await engine.enqueue(job("slow", id, { intervalMs: Number.MAX_SAFE_INTEGER }));
    expect(await take(engine)).toBe("a");
    expect((await engine.dequeue("sms")).nextReadyInMs).toBeGreaterThan(Number.MAX_SAFE_INTEGER / 2);
    clock.passMs(3650 * 86_400_000);
    expect(await take(engine)).toBeUndefined();
    await engine.enqueue(job("other", "c"));
    expect(await take(engine)).toBe("c");
  });

  test("P11 a shorter interval acts on the dispatch that is already scheduled", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b", "c"]) await engine.enqueue(job("1", id, { intervalMs: 2000 }));
    await take(engine);
    clock.passMs(50);
    await engine.queues.setInterval(job("1", ""), 100);
    expect((await engine.dequeue("sms")).nextReadyInMs).toBe(50);
    clock.passMs(50);
    expect(await take(engine)).toBe("b");
  });

  test("P11 a longer interval acts on the dispatch that is already scheduled", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b"]) await engine.enqueue(job("1", id, { intervalMs: 100 }));
    await take(engine);
    await engine.queues.setInterval(job("1", ""), 700);
    clock.passMs(699);
    expect(await take(engine)).toBeUndefined();
    clock.passMs(1);
    expect(await take(engine)).toBe("b");
  });

  test("P3 spacing holds when a queue is taken ahead and more of its jobs are due than one call brings up to date", async () => {
    const { engine } = fixture;
    await engine.enqueue(job("1", "a", { intervalMs: 5 }));
    const due = Array.from({ length: 400 }, (_, i) => job("1", `due${i}`, { intervalMs: 5, delayMs: 4 }));
    await engine.enqueueAll("sms", due);
    const { dispatches } = await engine.dequeue("sms", { count: 100, waitMs: 1000 });
    const [first = 0, ...others] = dispatches.map(({ lease }) => Number(lease));
    expect(dispatches.map(({ jobId }) => jobId)).toEqual(["a", "due0", "due1"]);
    expect(others).toEqual([first + 5000, first + 10_000]);
  });

  test("P11 an interval set explicitly stays when the queue drains, and a job without one uses it", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a", { intervalMs: 100 }));
    await engine.queues.setInterval(job("1", ""), 400);
    await take(engine);
    await engine.finish(job("1", "a"));
    clock.passMs(86_400_000);
    for (const id of ["b", "c"]) await engine.enqueue(job("1", id, { intervalMs: undefined }));
    expect(await take(engine)).toBe("b");
    expect((await engine.dequeue("sms")).nextReadyInMs).toBe(400);
  });

  test("P4 a rate token is spent only by a dispatch: asking in vain changes nothing", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b"]) await engine.enqueue(job("1", id, { intervalMs: 100 }));
    await take(engine);
    for (let ms = 0; ms < 100; ms += 1, clock.passMs(1)) expect(await take(engine)).toBeUndefined();
    expect(await take(engine)).toBe("b");
  });

  test("P3 spacing holds across engines whose processes start and end", async () => {
    const { redis, clock } = fixture;
    for (const id of ["a", "b"]) await engineOn(redis, clock).enqueue(job("1", id, { intervalMs: 100 }));
    expect(await take(engineOn(redis, clock))).toBe("a");
    expect(await take(engineOn(redis, clock))).toBeUndefined();
    clock.passMs(100);
    expect(await take(engineOn(redis, clock))).toBe("b");
  });
});
