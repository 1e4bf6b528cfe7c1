import { describe, expect, test } from "@jest/globals";
import { jobPath, useNative } from "../support/native-api.js";

const api = useNative();
const QUEUE = "/types/sms/queues/1/jobs";
const TEN_YEARS_MS = 3650 * 86_400_000;

describe("POST /types/{type}/queues/{queue}/jobs", () => {
  test("answers 201 with the job and where it is", async () => {
    const before = Date.now();
    const { status, headers, body } = await api.post(QUEUE, { job_id: "a", payload: { x: 1 }, tags: ["red"] });
    expect([status, headers.get("location")]).toEqual([201, "/api/v1/types/sms/queues/1/jobs/a"]);
    expect(body).toEqual({
      job_id: "a",
      queue_type: "sms",
      queue_id: "1",
      state: "queued",
      payload: { x: 1 },
      output: null,
      error: null,
      progress: null,
      priority: 0,
      tags: ["red"],
      attempts: 0,
      requeues_remaining: -1,
      worker: null,
      cancel_requested: false,
      enqueued_at: expect.any(Number),
      due_at: null,
      deadline: null,
      started_at: null,
      heartbeat_at: null,
      ended_at: null,
      lease_expires_at: null,
      expires_at: null,
      restarted_from: null,
      restarted_as: null,
    });
    expect(body.enqueued_at).toBeGreaterThanOrEqual(before - 1000);
    expect((await api.get(jobPath("1", "a"))).body).toEqual(body);
  });

  test("gives the job an id when it has none, and the path of a queue is encoded", async () => {
    const { headers, body } = await api.post("/types/sms/queues/a%20b%25/jobs", { payload: null });
    expect(body.job_id).toMatch(/^[0-9a-f-]{36}$/);
    const location = headers.get("location") ?? "";
    expect(location).toBe(`/api/v1/types/sms/queues/a%20b%25/jobs/${body.job_id}`);
    const found = await fetch(api.listening.url + location);
    expect(await found.json()).toEqual(body);
  });

  test("P9 a living id is answered with 200 and the job that lives, and nothing is changed", async () => {
    await api.enqueue("1", "a", { payload: "first", interval: 5 });
    const { status, headers, body } = await api.post(QUEUE, { job_id: "a", payload: "second", interval: 9 });
    expect([status, headers.get("location"), body.payload]).toEqual([200, null, "first"]);
    expect((await api.get("/types/sms/queues/1")).body).toMatchObject({ length: 1, interval: 5 });
  });

  test("429 when the queue's max_length is reached, and nothing is stored", async () => {
    await api.patch("/types/sms/queues/1", { max_length: 1 });
    await api.enqueue("1", "a");
    const { status, type, body } = await api.post(QUEUE, { job_id: "b", payload: 1 });
    expect([status, type]).toEqual([429, "application/problem+json"]);
    expect(body).toMatchObject({ type: "/api/v1/docs#problem-queue_full", status: 429 });
    expect(body.detail).toContain("1 jobs wait");
    expect((await api.get(jobPath("1", "b"))).status).toBe(404);
  });

  test("a payload comes back byte for byte, from every route that shows it", async () => {
    const payload = '{"b":1.0 ,"a" : 12345678901234567890,"b":[ "\\u0041\\/" ]}';
    const posted = await api.post(QUEUE, `{"job_id":"a","payload":${payload},"retain":60000}`);
    expect(posted.text).toContain(`"payload":${payload}`);
    expect((await api.get(jobPath("1", "a"))).text).toContain(`"payload":${payload}`);
    expect((await api.get(`${jobPath("1", "a")}?fields=payload`)).text).toBe(`{"payload":${payload}}`);
    expect((await api.post("/types/sms/dequeue")).text).toContain(`"payload":${payload}`);
    const output = "[ 1e2,\t-0 ]";
    const finished = await api.post(`${jobPath("1", "a")}/finish`, `{"output":${output}}`);
    expect(finished.text).toContain(`"output":${output}`);
  });

  test("every setting of a job is kept and acts", async () => {
    const deadline = Date.now() + 600_000;
    const settings = { priority: 7, tags: ["a b", "~"], requeue_limit: 3, retain: 5, deadline, expire: 1234 };
    const path = await api.enqueue("1", "a", { ...settings, retry_delays: [10, 20], max_runtime: 90_000 });
    expect((await api.get(path)).body).toMatchObject({
      priority: 7,
      tags: ["a b", "~"],
      requeues_remaining: 3,
      deadline,
    });
    const taken = await api.take();
    expect(taken.deadline).toBe(deadline);
    const { started_at, lease_expires_at } = (await api.get(path)).body;
    expect(lease_expires_at - started_at).toBe(1234);
  });

  test("delay and due_at make it scheduled", async () => {
    const delayed = await api.enqueue("1", "a", { delay: 60_000 });
    const { state, enqueued_at, due_at } = (await api.get(delayed)).body;
    expect(state).toBe("scheduled");
    // The time of the enqueue is rounded down, and the due time up.
    expect([60_000, 60_001]).toContain(due_at - enqueued_at);
    const dueAt = Date.now() + 50_000;
    const due = await api.enqueue("1", "b", { due_at: dueAt });
    expect((await api.get(due)).body).toMatchObject({ state: "scheduled", due_at: dueAt });
    expect((await api.get(await api.enqueue("1", "c", { due_at: 1 }))).body.state).toBe("queued");
  });

  test("the interval of a job that gives none is the queue's", async () => {
    await api.enqueue("1", "a", { interval: 30 });
    await api.enqueue("1", "b");
    expect((await api.get("/types/sms/queues/1")).body.interval).toBe(30);
  });

  test.each([
    ["job_id", ""],
    ["job_id", "a.b"],
    ["job_id", "a~1"],
    ["job_id", "x".repeat(101)],
    ["job_id", 1],
    ["interval", -1],
    ["interval", null],
    ["requeue_limit", -2],
    ["requeue_limit", 2_147_483_648],
    ["retry_delays", [1, -1]],
    ["retry_delays", Array(101).fill(1)],
    ["retry_delays", 5],
    ["expire", 0],
    ["expire", TEN_YEARS_MS + 1],
    ["max_runtime", 0],
    ["delay", -1],
    ["due_at", 2 ** 53],
    ["deadline", "soon"],
    ["priority", -1001],
    ["tags", [""]],
    ["tags", ["ä"]],
    ["tags", ["x".repeat(101)]],
    ["tags", Array.from({ length: 21 }, (_, i) => `${i}`)],
    ["tags", "red"],
    ["retain", 1.5],
    ["queue_id", "1"],
    ["max_queued_length", 1],
  ])("P13 refuses %s = %j", async (field, value) => {
    const { status, body } = await api.post(QUEUE, { payload: 1, [field]: value });
    expect([status, body.errors[0].path]).toEqual([400, expect.stringMatching(new RegExp(`^/${field}`))]);
    expect(await api.redis.connect().dbsize()).toBe(0);
  });

  test("the bounds themselves are good", async () => {
    const low = { interval: 0, requeue_limit: -1, expire: 1, max_runtime: 1, delay: 0, priority: -1000, retain: 0 };
    const high = {
      interval: Number.MAX_SAFE_INTEGER,
      requeue_limit: 2_147_483_647,
      expire: TEN_YEARS_MS,
      max_runtime: TEN_YEARS_MS,
      due_at: Number.MAX_SAFE_INTEGER,
      deadline: Number.MAX_SAFE_INTEGER,
      priority: 1000,
      retain: TEN_YEARS_MS,
      retry_delays: Array(100).fill(TEN_YEARS_MS),
      tags: Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(100, "~")),
    };
    for (const [i, settings] of [low, high].entries()) await api.enqueue("x".repeat(200), `a${i}`, settings);
  });
});

describe("POST /types/{type}/jobs", () => {
  const BATCH = "/types/sms/jobs";

  test("answers for each job of a list in order, and a wrong one does not stop the others", async () => {
    await api.patch("/types/sms/queues/full", { max_length: 0 });
    const { status, body } = await api.post(BATCH, [
      { queue_id: "1", job_id: "a", payload: { x: 1 } },
      { queue_id: "1", job_id: "a", payload: 2 },
      { queue_id: "full", job_id: "b", payload: 3 },
      { queue_id: "1", job_id: "c", payload: 4, priorty: 1 },
      7,
      { job_id: 8 },
      { queue_id: "2", payload: 9 },
    ]);
    expect(status).toBe(200);
    expect(body).toEqual({
      results: [
        { status: "queued", job_id: "a", queue_id: "1" },
        { status: "duplicate", job_id: "a", queue_id: "1" },
        { status: "full", job_id: "b", queue_id: "full" },
        { status: "invalid", job_id: "c", queue_id: "1", errors: [{ path: "/priorty", message: "is not known" }] },
        { status: "invalid", job_id: null, queue_id: null, errors: [{ path: "", message: "must be object" }] },
        { status: "invalid", job_id: null, queue_id: null, errors: expect.any(Array) },
        { status: "queued", job_id: expect.stringMatching(/^[0-9a-f-]{36}$/), queue_id: "2" },
      ],
    });
    expect((await api.get(jobPath("1", "a"))).body.payload).toEqual({ x: 1 });
  });

  test("takes lines of JSON, with empty ones among them", async () => {
    const lines = '{"queue_id":"1","job_id":"a","payload": 1.0 }\r\n\n{"queue_id":\n  {"queue_id":"1","payload":2}\n';
    const type = { "Content-Type": "application/x-ndjson; charset=utf-8" };
    const { status, body } = await api.send("POST", BATCH, lines, type);
    expect(status).toBe(200);
    expect(body.results.map(({ status: each }: { status: string }) => each)).toEqual(["queued", "invalid", "queued"]);
    expect(body.results[1].errors).toEqual([{ path: "", message: "must be JSON" }]);
    expect((await api.get(`${jobPath("1", "a")}?fields=payload`)).text).toBe('{"payload":1.0}');
    expect((await api.send("POST", BATCH, "", type)).body).toEqual({ results: [] });
  });

  test("takes 1 000 jobs and no more", async () => {
    const jobs = Array.from({ length: 1001 }, (_, i) => ({ queue_id: `${i % 3}`, job_id: `j${i}`, payload: i }));
    const many = await api.post(BATCH, jobs.slice(1));
    expect(many.body.results).toHaveLength(1000);
    expect(new Set(many.body.results.map(({ status }: { status: string }) => status))).toEqual(new Set(["queued"]));
    const tooMany = await api.post(BATCH, jobs);
    expect([tooMany.status, tooMany.body.errors]).toEqual([
      400,
      [{ path: "", message: "must not have more than 1000 items" }],
    ]);
  });

  test.each([["{}"], [""], ["[1"], ['"x"']])("P13 refuses the body %j", async (text) => {
    const { status, body } = await api.post(BATCH, text);
    expect([status, body.errors[0].path]).toEqual([400, ""]);
  });
});
