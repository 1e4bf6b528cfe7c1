import { expect, test } from "@jest/globals";
import { useNative } from "../support/native-api.js";

const api = useNative();
const UNUSED = {
  queued: 0,
  scheduled: 0,
  active: 0,
  dead: 0,
  queues: 0,
  oldest_ms: null,
  enqueue_rate: 0,
  dequeue_rate: 0,
};
const UNSET = {
  interval: null,
  burst: null,
  concurrency: null,
  paused: null,
  queue_defaults: { interval: null, burst: null, concurrency: null, max_length: null },
  job_defaults: { expire: null, requeue_limit: null, retry_delays: null, retain: null },
};

test("GET /types lists every type with its numbers", async () => {
  await api.enqueue("1", "a");
  await api.enqueue("1", "b");
  await api.enqueue("2", "c", { delay: 60_000 });
  await api.take();
  await api.post("/types/mail/queues/1/jobs", { payload: 1 });
  const { status, body } = await api.get("/types");
  expect(status).toBe(200);
  expect(body).toEqual({
    items: [
      {
        queue_type: "mail",
        ...UNUSED,
        queued: 1,
        queues: 1,
        oldest_ms: expect.any(Number),
        enqueue_rate: 1 / 60,
        dequeue_rate: 0,
      },
      {
        queue_type: "sms",
        ...UNUSED,
        queued: 1,
        scheduled: 1,
        active: 1,
        queues: 2,
        oldest_ms: expect.any(Number),
        enqueue_rate: expect.any(Number),
        dequeue_rate: expect.any(Number),
      },
    ],
    next_cursor: null,
  });
});

test("GET /types goes page by page, by name", async () => {
  for (const type of ["b", "c", "a"]) await api.post(`/types/${type}/queues/1/jobs`, { payload: 1 });
  const first = await api.get("/types?limit=2");
  expect(first.body.items.map(({ queue_type }: { queue_type: string }) => queue_type)).toEqual(["a", "b"]);
  const second = await api.get(`/types?limit=2&cursor=${first.body.next_cursor}`);
  expect(second.body.items.map(({ queue_type }: { queue_type: string }) => queue_type)).toEqual(["c"]);
  expect(second.body.next_cursor).toBeNull();
  const { status, body } = await api.get("/types?cursor=%20");
  expect([status, body.errors[0].path]).toEqual([400, "/query/cursor"]);
});

test("GET /types/{type} shows one with its settings, also when nobody uses it", async () => {
  const { status, body } = await api.get("/types/nobody");
  expect([status, body]).toEqual([200, { queue_type: "nobody", ...UNUSED, ...UNSET }]);
});

test("PATCH /types/{type} changes what is given, keeps the rest, and takes away what is null", async () => {
  const first = await api.patch("/types/sms", {
    interval: 10,
    burst: 2,
    concurrency: 3,
    queue_defaults: { interval: 100, max_length: 5 },
    job_defaults: { expire: 1000, requeue_limit: 2, retry_delays: [1, 2], retain: 60_000 },
  });
  expect([first.status, first.body]).toEqual([
    200,
    {
      queue_type: "sms",
      ...UNUSED,
      ...UNSET,
      interval: 10,
      burst: 2,
      concurrency: 3,
      queue_defaults: { ...UNSET.queue_defaults, interval: 100, max_length: 5 },
      job_defaults: { expire: 1000, requeue_limit: 2, retry_delays: [1, 2], retain: 60_000 },
    },
  ]);
  const second = await api.patch("/types/sms", { burst: null, paused: true, job_defaults: { retain: null } });
  expect(second.body).toEqual({
    ...first.body,
    burst: null,
    paused: true,
    job_defaults: { ...first.body.job_defaults, retain: null },
  });
  expect((await api.get("/types/sms")).body).toEqual(second.body);
});

test("the defaults of a type hold for its queues and jobs", async () => {
  await api.patch("/types/sms", {
    queue_defaults: { interval: 60_000, burst: 2, concurrency: 7, max_length: 1 },
    job_defaults: { requeue_limit: 4, expire: 5000 },
  });
  const path = await api.enqueue("1", "a");
  expect((await api.get(path)).body.requeues_remaining).toBe(4);
  expect((await api.get("/types/sms/queues/1")).body).toMatchObject({
    interval: 60_000,
    burst: 2,
    concurrency: 7,
    max_length: 1,
  });
  expect((await api.post("/types/sms/queues/1/jobs", { payload: 1 })).status).toBe(429);
  await api.take();
  const { started_at, lease_expires_at } = (await api.get(path)).body;
  expect(lease_expires_at - started_at).toBe(5000);
});

test("the limits of a type hold for all its queues together", async () => {
  await api.patch("/types/sms", { concurrency: 1 });
  await api.enqueue("1", "a");
  await api.enqueue("2", "b");
  expect(await api.take()).toMatchObject({ job_id: "a" });
  expect(await api.take()).toBeUndefined();
  expect((await api.get("/types/sms/queues/2")).body.state).toBe("type_limited");
  await api.patch("/types/sms", { concurrency: null, paused: true });
  expect(await api.take()).toBeUndefined();
  expect((await api.get("/types/sms/queues/2")).body.state).toBe("type_paused");
  await api.patch("/types/sms", { paused: false });
  expect(await api.take()).toMatchObject({ job_id: "b" });
});

test.each([
  ["interval", -1],
  ["interval", 1.5],
  ["burst", 0],
  ["burst", 1_000_001],
  ["concurrency", 0],
  ["paused", "yes"],
  ["queue_defaults", { paused: true }],
  ["queue_defaults", null],
  ["job_defaults", { expire: 0 }],
  ["job_defaults", { retry_delays: [-1] }],
  ["job_defaults", { requeue_limit: -2 }],
  ["limit", 1],
])("P13 PATCH /types/{type} refuses %s = %j and changes nothing", async (field, value) => {
  const { status, body } = await api.patch("/types/sms", { burst: 9, [field]: value });
  expect(status).toBe(400);
  expect(body.errors[0].path).toMatch(new RegExp(`^/${field}`));
  expect((await api.get("/types/sms")).body.burst).toBeNull();
});

test("the bounds themselves are good, and come back to the digit", async () => {
  const limits = { interval: Number.MAX_SAFE_INTEGER, burst: 1_000_000, concurrency: 1_000_000 };
  const given = {
    ...limits,
    queue_defaults: { ...limits, max_length: Number.MAX_SAFE_INTEGER },
    job_defaults: { expire: 315_360_000_000, requeue_limit: 2_147_483_647, retry_delays: [315_360_000_000], retain: 0 },
  };
  expect(await api.patch("/types/sms", given)).toMatchObject({ status: 200, body: given });
  const ofQueue = { ...limits, max_length: Number.MAX_SAFE_INTEGER };
  expect(await api.patch("/types/sms/queues/1", ofQueue)).toMatchObject({ status: 200, body: ofQueue });
});
