import { describe, expect, test } from "@jest/globals";
import { drain, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();

describe("order", () => {
  test("P2 jobs of one microsecond are dispatched in the order of their enqueues, whatever they are called", async () => {
    const { engine, clock } = fixture;
    const ids = ["zz", "b", "10", "9", "a"];
    for (const id of ids) await engine.enqueue(job("1", id));
    expect(await drain(engine, clock)).toEqual(ids);
  });

  test("P2 requeued jobs go back to their places, ahead of the jobs enqueued after them", async () => {
    const { engine, clock } = fixture;
    for (const id of ["a", "b", "c"]) await engine.enqueue(job("1", id));
    expect(await drain(engine, clock)).toEqual(["a", "b", "c"]);
    await engine.enqueue(job("1", "d"));
    clock.passMs(LEASE_MS + 1);
    await engine.sweep("sms");
    expect(await drain(engine, clock)).toEqual(["a", "b", "c", "d"]);
  });

  test("P2 a higher priority goes first; among equals the order of enqueues holds", async () => {
    const { engine, clock } = fixture;
    const priorities = { low: -1000, a: 0, b: 0, high: 7, higher: 1000 };
    for (const [id, priority] of Object.entries(priorities)) await engine.enqueue(job("1", id, { priority }));
    expect(await drain(engine, clock)).toEqual(["higher", "high", "a", "b", "low"]);
  });

  test("P2 a delayed job is not dispatched early, and then takes the place of its enqueue", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "delayed", { delayMs: 100 }));
    expect(await engine.dequeue("sms")).toEqual({ dispatches: [], nextReadyInMs: 100 });
    expect((await engine.jobs.get(job("1", "delayed")))?.state).toBe("scheduled");
    await engine.enqueue(job("1", "later"));
    clock.passUs(99_999);
    expect((await engine.jobs.get(job("1", "delayed")))?.state).toBe("scheduled");
    clock.passUs(1);
    expect((await engine.jobs.get(job("1", "delayed")))?.state).toBe("queued");
    expect(await drain(engine, clock)).toEqual(["delayed", "later"]);
  });

  test("P2 P12 more jobs that become due at once than one call promotes still go in the order of enqueues", async () => {
    const { engine, clock } = fixture;
    const ids = Array.from({ length: 1300 }, (_, i) => `job-${(i * 7919) % 1300}`);
    // The one enqueued first becomes due last.
    await engine.enqueue(job("1", "first", { delayMs: 60_000 }));
    await Promise.all(ids.map((id, i) => engine.enqueue(job("1", id, { delayMs: 50_000 - i }))));
    clock.passMs(60_000);
    expect(await drain(engine, clock)).toEqual(["first", ...ids]);
  });

  test("P5 queues that are limited or empty do not delay another queue of their type", async () => {
    const { engine, clock } = fixture;
    for (const queue of ["l1", "l2", "l3"]) {
      for (const id of ["a", "b"]) await engine.enqueue(job(queue, id, { intervalMs: 60_000 }));
    }
    expect(await drain(engine, clock)).toHaveLength(3);
    await engine.enqueue(job("free", "c"));
    expect(await drain(engine, clock)).toEqual(["c"]);
  });

  test("P6 among ready queues the one that has been ready for longest goes first, not the one named first", async () => {
    const { engine, clock } = fixture;
    for (const queue of ["z", "m", "a"]) {
      await engine.enqueue(job(queue, `of-${queue}`));
      clock.passUs(1);
    }
    expect(await drain(engine, clock)).toEqual(["of-z", "of-m", "of-a"]);
  });

  test("P6 with R ready queues a queue's turn comes within R dispatches, whatever the others' backlog is", async () => {
    const { engine, clock } = fixture;
    for (let i = 0; i < 200; i += 1) await engine.enqueue(job("a-huge", `a${i}`));
    for (let i = 0; i < 200; i += 1) await engine.enqueue(job("b-huge", `b${i}`));
    await engine.enqueue(job("z-small", "small"));
    const first: string[] = [];
    for (let i = 0; i < 3; i += 1, clock.passUs(1)) {
      first.push(...(await engine.dequeue("sms")).dispatches.map((dispatch) => dispatch.queueId));
    }
    expect(first.sort()).toEqual(["a-huge", "b-huge", "z-small"]);
  });

  test("P6 a queue with a stream of new urgent jobs keeps its turn and does not lose or jump it", async () => {
    const { engine, clock } = fixture;
    const order: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      await engine.enqueue(job("urgent", `u${round}`, { priority: 10 }));
      clock.passUs(1);
      await engine.enqueue(job("plain", `p${round}`));
      clock.passUs(10);
      order.push(...(await engine.dequeue("sms")).dispatches.map((dispatch) => dispatch.queueId));
    }
    expect(order).toEqual(["urgent", "plain", "urgent", "plain", "urgent", "plain"]);
  });

  test("the lateness of a dispatch is counted from the time its queue was ready", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(job("1", "a", { delayMs: 100, intervalMs: 1000 }));
    await engine.enqueue(job("1", "b", { delayMs: 200, intervalMs: 1000 }));
    clock.passMs(130);
    expect((await engine.dequeue("sms")).dispatches[0]?.latenessMs).toBe(30);
    clock.passMs(1007);
    expect((await engine.dequeue("sms")).dispatches[0]?.latenessMs).toBe(7);
  });
});
