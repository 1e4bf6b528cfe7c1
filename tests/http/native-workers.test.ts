import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { jobPath, useNative } from "../support/native-api.js";

const api = useNative();
const DEQUEUE = "/types/sms/dequeue";
const statesOf = ({ results }: { results: { status: string }[] }) => results.map(({ status }) => status);

describe("POST /types/{type}/dequeue", () => {
  test("hands out a job with its lease", async () => {
    await api.enqueue("1", "a", { requeue_limit: 2 });
    const { status, body } = await api.post(DEQUEUE);
    expect([status, body]).toEqual([
      200,
      {
        jobs: [
          {
            job_id: "a",
            queue_id: "1",
            payload: { is: "a" },
            lease: expect.any(String),
            attempt: 1,
            lease_expires_at: expect.any(Number),
            requeues_remaining: 2,
            deadline: null,
          },
        ],
        next_ready_in: null,
      },
    ]);
  });

  test("no job is an empty list, with the time until there may be one", async () => {
    expect((await api.post(DEQUEUE, {})).body).toEqual({ jobs: [], next_ready_in: null });
    await api.enqueue("1", "a", { interval: 60_000 });
    await api.enqueue("1", "b");
    await api.take();
    const { status, body } = await api.post(DEQUEUE);
    expect([status, body.jobs]).toEqual([200, []]);
    expect(body.next_ready_in).toBeGreaterThan(50_000);
  });

  test("takes several, and from one queue if it is named", async () => {
    for (const [queue, id] of [
      ["1", "a"],
      ["1", "b"],
      ["2", "c"],
      ["2", "d"],
    ] as const)
      await api.enqueue(queue, id);
    const ids = async (asked: object) =>
      (await api.post(DEQUEUE, asked)).body.jobs.map(({ job_id }: { job_id: string }) => job_id);
    expect(await ids({ queue_id: "2" })).toEqual(["c"]);
    expect((await ids({ count: 500 })).sort()).toEqual(["a", "b", "d"]);
  });

  test("keeps who asked with the job", async () => {
    const path = await api.enqueue("1", "a");
    await api.take({ worker: "w1 ä" });
    expect((await api.get(path)).body).toMatchObject({ state: "active", worker: "w1 ä", attempts: 1 });
  });

  test("waits for a job that comes", async () => {
    const waiting = api.post(DEQUEUE, { wait: 20_000 });
    const redis = api.redis.connect();
    while ((await redis.exists("{test:sms}:waiting")) === 0) await sleep(1);
    await api.enqueue("1", "a");
    expect((await waiting).body.jobs).toMatchObject([{ job_id: "a" }]);
  });

  test.each([
    ["count", 0],
    ["count", 501],
    ["wait", -1],
    ["wait", 60_001],
    ["queue_id", "a:b"],
    ["worker", ""],
    ["worker", "a\nb"],
    ["worker", "x".repeat(201)],
    ["lease", "1"],
  ])("P13 refuses %s = %j and takes nothing", async (field, value) => {
    const path = await api.enqueue("1", "a");
    const { status, body } = await api.post(DEQUEUE, { [field]: value });
    expect([status, body.errors[0].path]).toEqual([400, `/${field}`]);
    expect((await api.get(path)).body.state).toBe("queued");
  });
});

describe("POST /types/{type}/finish", () => {
  const FINISH = "/types/sms/finish";

  test("answers for each job in order, and a wrong one does not stop the others", async () => {
    for (const id of ["a", "b", "c"]) await api.enqueue("1", id, { retain: 60_000 });
    const { body: taken } = await api.post(DEQUEUE, { count: 3 });
    const { lease } = taken.jobs[0];
    const { status, body } = await api.post(FINISH, [
      { queue_id: "1", job_id: "a", lease, output: { sum: 1 } },
      { queue_id: "1", job_id: "a", lease },
      { queue_id: "1", job_id: "b", lease: "none" },
      { queue_id: "1", job_id: "c" },
      { queue_id: "1", job_id: "none" },
      { queue_id: "1" },
      { queue_id: "1", job_id: "b", output: "x".repeat(262_144) },
    ]);
    expect(status).toBe(200);
    expect(statesOf(body)).toEqual([
      "finished",
      "not_active",
      "stale_lease",
      "finished",
      "not_active",
      "invalid",
      "invalid",
    ]);
    expect(body.results[0]).toEqual({ status: "finished", job_id: "a", queue_id: "1" });
    expect(body.results[5].errors).toEqual([{ path: "/job_id", message: "is missing" }]);
    expect(body.results[6].errors[0].path).toBe("/output");
    expect((await api.get(jobPath("1", "a"))).body).toMatchObject({ state: "finished", output: { sum: 1 } });
    expect((await api.get(jobPath("1", "b"))).body.state).toBe("active");
  });

  test("takes lines of JSON, and at most 1 000", async () => {
    await api.enqueue("1", "a");
    await api.take();
    const lines = '{"queue_id":"1","job_id":"a"}\n';
    const ndjson = (text: string) => api.send("POST", FINISH, text, { "Content-Type": "application/x-ndjson" });
    expect(statesOf((await ndjson(lines)).body)).toEqual(["finished"]);
    expect((await ndjson(lines.repeat(1001))).status).toBe(400);
    expect((await api.post(FINISH, { queue_id: "1" })).status).toBe(400);
  });
});

describe("POST .../claim", () => {
  test("takes this very job, spacing and order aside, and answers the job with its lease", async () => {
    await api.enqueue("1", "a", { interval: 60_000 });
    await api.enqueue("1", "b");
    const path = await api.enqueue("1", "c");
    await api.take();
    const { status, body } = await api.post(`${path}/claim`, { worker: "me" });
    expect([status, body]).toMatchObject([
      200,
      { job_id: "c", state: "active", worker: "me", attempts: 1, lease: expect.any(String), payload: { is: "c" } },
    ]);
    expect((await api.post(`${path}/finish`, { lease: body.lease })).status).toBe(200);
  });

  test("404 when there is none, 409 when it is not queued or its queue holds it back", async () => {
    expect((await api.post(`${jobPath("1", "none")}/claim`)).status).toBe(404);
    const path = await api.enqueue("1", "a");
    await api.take();
    const active = await api.post(`${path}/claim`);
    expect([active.status, active.body.type]).toEqual([409, "/api/v1/docs#problem-wrong_state"]);
    expect(active.body.detail).toContain("active");
    const paused = await api.enqueue("2", "b");
    await api.patch("/types/sms/queues/2", { paused: true });
    const refused = await api.post(`${paused}/claim`);
    expect([refused.status, refused.body.type]).toEqual([409, "/api/v1/docs#problem-not_dispatchable"]);
    expect((await api.get(paused)).body.state).toBe("queued");
  });
});

describe("POST .../heartbeat", () => {
  test("prolongs the lease, keeps progress and output, and tells whether a cancel was asked for", async () => {
    const path = await api.enqueue("1", "a", { expire: 1000 });
    const { lease } = await api.take();
    const { status, body } = await api.post(`${path}/heartbeat`, {
      lease,
      extend: 90_000,
      progress: 0.25,
      output: [1],
    });
    expect([status, body]).toMatchObject([
      200,
      { progress: 0.25, output: [1], cancel_requested: false, state: "active" },
    ]);
    expect(body.lease_expires_at).toBeGreaterThan(Date.now() + 80_000);
    expect(body.heartbeat_at).toEqual(expect.any(Number));
    await api.post(`${path}/cancel`);
    const told = await api.post(`${path}/heartbeat`);
    expect(told.body).toMatchObject({ cancel_requested: true, progress: 0.25 });
  });

  test("P8 409 with a lease that is over or a job that is not active, 404 without a job", async () => {
    const path = await api.enqueue("1", "a");
    const queued = await api.post(`${path}/heartbeat`);
    expect([queued.status, queued.body.type]).toEqual([409, "/api/v1/docs#problem-wrong_state"]);
    await api.take();
    const stale = await api.post(`${path}/heartbeat`, { lease: "old", progress: 1 });
    expect([stale.status, stale.body.type]).toEqual([409, "/api/v1/docs#problem-stale_lease"]);
    expect((await api.get(path)).body.progress).toBeNull();
    expect((await api.post(`${jobPath("1", "none")}/heartbeat`)).status).toBe(404);
  });

  test.each([
    ["extend", 0],
    ["progress", 1.01],
    ["progress", -0.1],
    ["progress", "1"],
    ["lease", ""],
    ["lease", "x".repeat(101)],
    ["state", "x"],
  ])("P13 refuses %s = %j", async (field, value) => {
    const path = await api.enqueue("1", "a");
    await api.take();
    const { status, body } = await api.post(`${path}/heartbeat`, { [field]: value });
    expect([status, body.errors[0].path]).toEqual([400, `/${field}`]);
  });

  test("413 for an output that is too long", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    await api.take();
    const tooLong = `{"output":"${"x".repeat(262_143)}"}`;
    const { status, body } = await api.post(`${path}/heartbeat`, tooLong);
    expect([status, body.errors[0].path]).toEqual([413, "/output"]);
    const longest = `{"output":"${"x".repeat(262_142)}"}`;
    expect((await api.post(`${path}/finish`, tooLong)).status).toBe(413);
    expect((await api.post(`${path}/finish`, longest)).status).toBe(200);
  });
});

describe("POST .../finish", () => {
  test("ends the job and answers it as it then is, also when it is not kept", async () => {
    const path = await api.enqueue("1", "a");
    const { lease } = await api.take();
    const { status, body } = await api.post(`${path}/finish`, { lease, output: "done" });
    expect([status, body]).toMatchObject([200, { job_id: "a", state: "finished", lease_expires_at: null }]);
    expect(body.ended_at).toEqual(expect.any(Number));
    expect((await api.get(path)).status).toBe(404);
  });

  test("a job with retain stays readable with its output until its retention ends", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    await api.take();
    await api.post(`${path}/finish`, { output: { ok: true } });
    const { body } = await api.get(path);
    expect(body).toMatchObject({ state: "finished", output: { ok: true }, payload: { is: "a" } });
    expect(body.expires_at - body.ended_at).toBe(60_000);
  });

  test("P8 409 with a lease that is over or a job that is not active, 404 without a job", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    expect((await api.post(`${path}/finish`)).status).toBe(409);
    await api.take();
    expect((await api.post(`${path}/finish`, { lease: "old" })).body.type).toBe("/api/v1/docs#problem-stale_lease");
    expect((await api.post(`${path}/finish`)).status).toBe(200);
    const again = await api.post(`${path}/finish`);
    expect(again.status).toBe(409);
    expect(again.body.detail).toContain("finished");
    expect((await api.post(`${jobPath("1", "none")}/finish`)).status).toBe(404);
  });
});

describe("POST .../fail", () => {
  test("requeues the job after its retry delay, or the one that is given", async () => {
    const path = await api.enqueue("1", "a", { retry_delays: [40_000, 50_000] });
    await api.take();
    const first = await api.post(`${path}/fail`, { error: "no\tanswer\n" });
    expect([first.status, first.body]).toMatchObject([200, { state: "scheduled", error: "no\tanswer\n", attempts: 1 }]);
    expect(first.body.due_at).toBeGreaterThan(Date.now() + 30_000);
    const other = await api.enqueue("2", "b", { retry_delays: [40_000] });
    await api.take();
    expect((await api.post(`${other}/fail`, { retry_in: 0 })).body.state).toBe("queued");
    expect(await api.take()).toMatchObject({ job_id: "b", attempt: 2 });
  });

  test("makes a dead letter when the requeues are used up, or when it is final", async () => {
    const used = await api.enqueue("1", "a", { requeue_limit: 0 });
    await api.take();
    expect((await api.post(`${used}/fail`, { error: "why" })).body).toMatchObject({ state: "failed", error: "why" });
    const final = await api.enqueue("1", "b");
    await api.take();
    const { body } = await api.post(`${final}/fail`, { final: true });
    expect(body.state).toBe("failed");
    expect((await api.get(final)).body).toEqual(body);
  });

  test("P8 409 with a lease that is over or a job that is not active, 404 without a job", async () => {
    const path = await api.enqueue("1", "a");
    expect((await api.post(`${path}/fail`)).status).toBe(409);
    await api.take();
    expect((await api.post(`${path}/fail`, { lease: "old" })).status).toBe(409);
    expect((await api.get(path)).body.state).toBe("active");
    expect((await api.post(`${jobPath("1", "none")}/fail`)).status).toBe(404);
  });

  test.each([
    ["error", "a\u0000b"],
    ["error", "x".repeat(10_001)],
    ["error", 1],
    ["retry_in", -1],
    ["final", "yes"],
    ["output", 1],
  ])("P13 refuses %s = %j", async (field, value) => {
    const path = await api.enqueue("1", "a");
    await api.take();
    const { status, body } = await api.post(`${path}/fail`, { [field]: value });
    expect([status, body.errors[0].path]).toEqual([400, `/${field}`]);
    expect((await api.get(path)).body.state).toBe("active");
  });
});

describe("POST .../release", () => {
  test("gives the job back at once without counting an attempt", async () => {
    const path = await api.enqueue("1", "a", { requeue_limit: 0, retry_delays: [60_000] });
    const { lease } = await api.take();
    const { status, body } = await api.post(`${path}/release`, { lease });
    expect([status, body]).toMatchObject([200, { state: "queued", attempts: 0, requeues_remaining: 0 }]);
    expect(await api.take()).toMatchObject({ job_id: "a", attempt: 1 });
  });

  test("P8 409 with a lease that is over or a job that is not active, 404 without a job", async () => {
    const path = await api.enqueue("1", "a");
    expect((await api.post(`${path}/release`)).status).toBe(409);
    await api.take();
    expect((await api.post(`${path}/release`, { lease: "old" })).status).toBe(409);
    expect((await api.post(`${jobPath("1", "none")}/release`)).status).toBe(404);
  });
});
