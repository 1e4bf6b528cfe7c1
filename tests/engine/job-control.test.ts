import { describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { DEAD_MS, drain, job, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();
const a = job("1", "a");

/** Takes the next job; returns its lease token. */
async function take(engine: Engine): Promise<string> {
  fixture.clock.passMs(1);
  const [dispatch] = (await engine.dequeue("sms")).dispatches;
  if (!dispatch) throw new Error("Nothing was ready");
  return dispatch.lease;
}

describe("attempts", () => {
  test("a failed job waits for its retry delays in turn, and the last of them holds for all that follow", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue({ ...a, retryDelaysMs: [100, 3000] });
    for (const delayMs of [100, 3000, 3000]) {
      const lease = await take(engine);
      const failed = await engine.jobs.fail(a, { lease, error: "no answer" });
      expect(failed).toMatchObject({ state: "scheduled", error: "no answer", dueAtMs: clock.ms + delayMs });
      clock.passMs(delayMs - 1);
      expect((await engine.dequeue("sms")).dispatches).toEqual([]);
    }
  });

  test("a job that has no retry delays is not given those of its type", async () => {
    const { engine } = fixture;
    await engine.queues.changeType("sms", { jobDefaults: { retryDelaysMs: [5000] } });
    await engine.enqueueAll("sms", [{ ...a, retryDelaysMs: [] }, job("1", "b")]);
    await take(engine);
    await take(engine);
    expect((await engine.jobs.fail(a, {})).state).toBe("queued");
    expect((await engine.jobs.fail(job("1", "b"), {})).state).toBe("scheduled");
  });

  test("P7 a lease that ends takes a retry delay as well, and a delay that is given takes the place of the job's own", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue({ ...a, retryDelaysMs: [5000] });
    await take(engine);
    clock.passMs(LEASE_MS);
    expect(await engine.sweep("sms")).toMatchObject({ requeued: 1 });
    expect((await engine.jobs.get(a))?.state).toBe("scheduled");
    clock.passMs(5000);
    await take(engine);
    await engine.jobs.heartbeat(a, { progress: 0.5, output: "1" });
    const failed = await engine.jobs.fail(a, { retryInMs: 0 });
    expect(failed).toMatchObject({ state: "queued", attempts: 2, progress: 0.5 });
    // A new attempt begins anew; what was put out stays until it is put out again.
    await take(engine);
    expect(await engine.jobs.get(a)).toMatchObject({ attempts: 3, progress: null, heartbeatAtMs: null, output: "1" });
  });

  test("P14 a job without requeues left, or that failed for good, is a dead letter that says why", async () => {
    const { engine, clock } = fixture;
    await engine.enqueueAll("sms", [
      { ...a, requeueLimit: 0 },
      { ...job("1", "b"), requeueLimit: 5 },
    ]);
    await take(engine);
    await take(engine);
    const kept = { state: "failed", keptUntilMs: clock.ms + DEAD_MS };
    expect(await engine.jobs.fail(a, { error: "x" })).toMatchObject({ ...kept, error: "x", requeuesRemaining: 0 });
    const final = await engine.jobs.fail(job("1", "b"), { error: "y", final: true });
    expect(final).toMatchObject({ ...kept, error: "y", requeuesRemaining: 5 });
    expect(await engine.queues.type("sms")).toMatchObject({ dead: 2, active: 0 });
  });

  test("a release counts no attempt, and spends the rate token of its dispatch", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue({ ...a, intervalMs: 500, requeueLimit: 0 });
    const lease = await take(engine);
    const released = await engine.jobs.release(a, { lease });
    expect(released).toMatchObject({ state: "queued", attempts: 0, requeuesRemaining: 0 });
    expect((await engine.dequeue("sms")).nextReadyInMs).toBe(500);
    clock.passMs(500);
    expect(await engine.dequeue("sms")).toMatchObject({ dispatches: [{ attempt: 1 }] });
  });

  test("P7 a heartbeat prolongs the lease, and never beyond the longest time of an attempt", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue({ ...a, maxRuntimeMs: 2500, requeueLimit: 0 });
    const lease = await take(engine);
    const startMs = clock.ms;
    clock.passMs(LEASE_MS - 1);
    expect(await engine.jobs.heartbeat(a, { lease })).toMatchObject({ leaseExpiresAtMs: clock.ms + LEASE_MS });
    expect(await engine.jobs.heartbeat(a, { extendMs: 60_000 })).toMatchObject({ leaseExpiresAtMs: startMs + 2500 });
    clock.passMs(1501);
    expect(await engine.sweep("sms")).toMatchObject({ dead: 1 });
    expect(await engine.jobs.get(a)).toMatchObject({ error: "the longest time of an attempt was used up" });
  });

  test("P8 of finishes, failures and heartbeats with a stale token none changes anything", async () => {
    const { engine, clock } = fixture;
    await engine.enqueue(a);
    const stale = { lease: await take(engine) };
    clock.passMs(LEASE_MS);
    await engine.sweep("sms");
    await take(engine);
    const before = await engine.jobs.get(a);
    const { jobs } = engine;
    for (const call of [jobs.finish, jobs.fail, jobs.heartbeat, jobs.release]) {
      await expect(call.call(jobs, a, stale)).rejects.toMatchObject({ code: "stale_lease" });
    }
    expect(await engine.jobs.get(a)).toEqual(before);
  });

  test("a job that was not started by its deadline is a dead letter, and one that was is not", async () => {
    const { engine, clock } = fixture;
    const deadlineMs = clock.ms + 100;
    await engine.enqueueAll("sms", [
      { ...a, deadlineMs },
      { ...job("1", "late"), deadlineMs },
      { ...job("2", "later"), deadlineMs, delayMs: 1000 },
    ]);
    expect((await engine.dequeue("sms")).dispatches).toMatchObject([{ jobId: "a", deadlineMs }]);
    clock.passMs(100);
    await engine.jobs.release(a, {});
    // Nobody has swept: the deadline itself decides.
    expect(await drain(engine, clock)).toEqual([]);
    expect(await engine.sweep("sms")).toMatchObject({ dead: 1 });
    for (const [queueId, jobId] of [
      ["1", "a"],
      ["1", "late"],
      ["2", "later"],
    ] as const) {
      const found = await engine.jobs.get(job(queueId, jobId));
      expect(found).toMatchObject({ state: "failed", error: "it was not started by its deadline" });
    }
  });
});

describe("cancelling", () => {
  test("P8 of a cancel and a finish at the same time both are told the truth", async () => {
    const { engine } = fixture;
    for (let i = 0; i < 50; i += 1) {
      const one = job("1", `j${i}`, { retainMs: 1000 });
      await engine.enqueue(one);
      await take(engine);
      const order = [() => engine.jobs.cancel(one), () => engine.jobs.finish(one, {})];
      const [first, second] = await Promise.allSettled((i % 2 === 0 ? order : order.reverse()).map((call) => call()));
      // A finish after the cancel is a finish; a cancel after the finish is refused.
      const cancelled = i % 2 === 0 ? first : second;
      const finished = i % 2 === 0 ? second : first;
      expect(finished).toMatchObject({ status: "fulfilled", value: { state: "finished" } });
      if (cancelled?.status === "fulfilled")
        expect(cancelled.value).toMatchObject({ state: "active", cancelRequested: true });
      else expect(cancelled?.reason).toMatchObject({ code: "wrong_state", state: "finished" });
      expect((await engine.jobs.get(one))?.state).toBe("finished");
    }
  });

  test("a waiting job ends at once, and an active one when its worker gives up or its lease ends", async () => {
    const { engine, clock } = fixture;
    const ids = ["failed", "released", "expired", "waiting"];
    await engine.enqueueAll(
      "sms",
      ids.map((id) => job("1", id, { retainMs: 60_000 })),
    );
    for (let i = 0; i < 3; i += 1) await take(engine);
    for (const id of ids) await engine.jobs.cancel(job("1", id));
    expect((await engine.jobs.heartbeat(job("1", "expired"), {})).cancelRequested).toBe(true);
    expect((await engine.jobs.fail(job("1", "failed"), {})).state).toBe("cancelled");
    expect((await engine.jobs.release(job("1", "released"), {})).state).toBe("cancelled");
    clock.passMs(2 * LEASE_MS);
    expect(await engine.sweep("sms")).toMatchObject({ cancelled: 1, requeued: 0 });
    for (const id of ids) expect((await engine.jobs.get(job("1", id)))?.state).toBe("cancelled");
  });
});

describe("after the end", () => {
  test("a restart makes a new job, the two point at each other, and a dead letter is dead no more", async () => {
    const { engine } = fixture;
    await engine.enqueue({ ...a, tags: ["t"], priority: 7, requeueLimit: 0 });
    await take(engine);
    await expect(engine.jobs.restart(a)).rejects.toMatchObject({ code: "wrong_state", state: "active" });
    await engine.jobs.fail(a, {});
    const restarted = await engine.jobs.restart(a);
    expect(restarted).toMatchObject({ restartedFrom: "a", state: "queued", tags: ["t"], priority: 7, attempts: 0 });
    expect(await engine.jobs.get(a)).toMatchObject({ state: "failed", restartedAs: restarted.jobId });
    expect(await engine.queues.type("sms")).toMatchObject({ dead: 0, queued: 1 });
  });

  test("P14 dead letters are restarted all, by queue or by tag, and none of them twice", async () => {
    const { engine, clock } = fixture;
    const jobs = Array.from({ length: 250 }, (_, i) =>
      job(`q${i % 5}`, `j${i}`, { requeueLimit: 0, tags: i % 10 === 0 ? ["ten"] : undefined }),
    );
    await engine.enqueueAll("sms", jobs);
    await drain(engine, clock);
    for (const each of jobs) await engine.jobs.fail(each, {});
    expect(await engine.jobs.restartDead("sms", { tag: "ten" })).toBe(25);
    expect(await engine.jobs.restartDead("sms", { queueId: "q1" })).toBe(50);
    expect(await engine.jobs.restartDead("sms", {})).toBe(175);
    expect(await engine.jobs.restartDead("sms", {})).toBe(0);
    expect(await engine.queues.type("sms")).toMatchObject({ dead: 0, queued: 250 });
  });

  test("P14 dead letters of the same id that ended in the same millisecond are all kept", async () => {
    const { engine } = fixture;
    for (let i = 0; i < 3; i += 1) {
      await engine.enqueue({ ...a, payload: String(i) });
      await engine.jobs.claim(a);
      await engine.jobs.fail(a, { final: true });
    }
    const { items } = await engine.lists.jobs("sms", { state: "failed" }, { limit: 10 });
    expect(items).toHaveLength(3);
    const payloads = await Promise.all(items.map(async (each) => (await engine.jobs.get(each))?.payload));
    expect(payloads.sort()).toEqual(["0", "1", "2"]);
  });

  test("a log keeps its last 10 000 lines, and counts all that it has had", async () => {
    const { engine } = fixture;
    await engine.enqueue({ ...a, retainMs: 1000 });
    const lines = Array.from({ length: 1000 }, (_, i) => ({ level: "info", message: `m ${i}\n"` }));
    for (let i = 0; i < 11; i += 1) await engine.jobs.log(a, lines);
    expect(await engine.jobs.log(a, [{ level: "WARN", message: "last", atMs: 5 }])).toBe(11_001);
    const first = await engine.jobs.logs(a, { limit: 1 });
    expect(first).toMatchObject({ items: [{ level: "info", message: 'm 1\n"' }], nextCursor: "1002" });
    const last = await engine.jobs.logs(a, { limit: 500, cursor: "11000" });
    expect(last).toEqual({ items: [{ atMs: 5, level: "WARN", message: "last" }], nextCursor: null });
    await engine.jobs.remove(a);
    await expect(engine.jobs.logs(a, { limit: 1 })).rejects.toMatchObject({ code: "unknown_job" });
  });

  test("P10 nothing is left of a job with everything when it is purged, removed, finished or forgotten", async () => {
    const { redis, engine, clock } = fixture;
    const whole = { tags: ["x", "y"], deadlineMs: clock.ms + 1e6, retryDelaysMs: [10], maxRuntimeMs: 1e6, priority: 3 };
    const ids = ["finished", "removed", "purged", "active", "cancelled", "forgotten"];
    await engine.enqueueAll(
      "sms",
      ids.map((id) => job("1", id, id === "forgotten" ? { ...whole, retainMs: 5 } : whole)),
    );
    for (const id of ids) await engine.jobs.log(job("1", id), [{ level: "info", message: "x" }]);
    for (const id of ["finished", "active", "forgotten"]) await engine.jobs.claim(job("1", id), "w");
    await engine.jobs.finish(job("1", "finished"), { output: "1" });
    await engine.jobs.remove(job("1", "removed"));
    await engine.jobs.cancel(job("1", "cancelled"));
    await engine.jobs.finish(job("1", "forgotten"), { output: "1" });
    clock.passMs(10);
    await engine.sweep("sms");
    expect(await engine.clear(job("1", ""), { purge: true, active: true })).toBe(2);
    const left = (await redis.keys("*")).filter((key) => !/:(counts|types)$/.test(key));
    // What is left of the queue goes by itself.
    expect(left).toEqual(["{test:sms}:q:1"]);
    expect(await redis.pttl("{test:sms}:q:1")).toBeGreaterThan(0);
  });
});
