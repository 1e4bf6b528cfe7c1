import { describe, expect, test } from "@jest/globals";
import { useNative } from "../support/native-api.js";

const api = useNative();
const EMPTY = {
  queue_type: "sms",
  queue_id: "1",
  length: 0,
  scheduled: 0,
  active: 0,
  interval: 0,
  burst: 1,
  concurrency: null,
  max_length: null,
  paused: false,
  pinned: false,
  ready_at: null,
  state: "empty",
};
const stateOf = async (queueId: string) => (await api.get(`/types/sms/queues/${queueId}`)).body;

describe("GET /types/{type}/queues/{queue}", () => {
  test("shows a queue that nobody has used", async () => {
    const { status, body } = await api.get("/types/sms/queues/1");
    expect([status, body]).toEqual([200, EMPTY]);
  });

  test("tells in every state why the queue is not dispatched", async () => {
    await api.enqueue("ready", "a");
    expect(await stateOf("ready")).toMatchObject({ state: "ready", length: 1 });
    await api.enqueue("spacing", "a", { interval: 60_000 });
    await api.enqueue("spacing", "b");
    await api.take({ queue_id: "spacing" });
    const spacing = await stateOf("spacing");
    expect(spacing).toMatchObject({ state: "spacing", length: 1, active: 1, interval: 60_000 });
    expect(spacing.ready_at).toBeGreaterThan(Date.now() + 50_000);
    await api.patch("/types/sms/queues/full", { concurrency: 1 });
    await api.enqueue("full", "a");
    await api.enqueue("full", "b");
    await api.take({ queue_id: "full" });
    expect(await stateOf("full")).toMatchObject({ state: "full", active: 1, concurrency: 1 });
    await api.enqueue("paused", "a");
    await api.patch("/types/sms/queues/paused", { paused: true });
    expect(await stateOf("paused")).toMatchObject({ state: "paused", paused: true });
    const dueAt = Date.now() + 60_000;
    await api.enqueue("scheduled", "a", { due_at: dueAt });
    expect(await stateOf("scheduled")).toMatchObject({ state: "scheduled", length: 1, scheduled: 1, ready_at: dueAt });
  });

  test("a queue id may hold any printable ASCII character but a colon and a slash", async () => {
    const id = ` !"#$%&'()*+,-.;<=>?@[\\]^_\`{|}~`;
    const path = await api.enqueue(id, "a");
    expect((await api.get(path)).body).toMatchObject({ queue_id: id, job_id: "a" });
    expect((await api.get(`/types/sms/queues/${encodeURIComponent(id)}`)).body.queue_id).toBe(id);
    expect(await api.take()).toMatchObject({ queue_id: id });
    await api.enqueue(id, "b");
    const seenBySharq = await fetch(`${api.listening.url}/dequeue/sms/`);
    expect(await seenBySharq.json()).toMatchObject({ queue_id: id, job_id: "b" });
    for (const wrong of ["a:b", "a/b", "ä", "\n", "x".repeat(201)]) {
      const { status, body } = await api.get(`/types/sms/queues/${encodeURIComponent(wrong)}`);
      expect([wrong, status, body.errors[0].path]).toEqual([wrong, 400, "/path/queue"]);
    }
  });
});

describe("PATCH /types/{type}/queues/{queue}", () => {
  test("works before the queue has jobs, keeps what is not given, and null returns a setting to its default", async () => {
    const first = await api.patch("/types/sms/queues/1", { interval: 5, burst: 2, max_length: 9, pinned: true });
    expect([first.status, first.body]).toEqual([200, { ...EMPTY, interval: 5, burst: 2, max_length: 9, pinned: true }]);
    const second = await api.patch("/types/sms/queues/1", { interval: null, burst: null, concurrency: 4 });
    expect(second.body).toEqual({ ...EMPTY, concurrency: 4, max_length: 9, pinned: true });
    expect(await stateOf("1")).toEqual(second.body);
  });

  test("P11 a setting stays when the queue drains", async () => {
    await api.patch("/types/sms/queues/1", { burst: 3 });
    const path = await api.enqueue("1", "a");
    await api.take();
    await api.post(`${path}/finish`);
    expect(await stateOf("1")).toEqual({ ...EMPTY, burst: 3 });
  });

  test("the interval that enqueues carry is ignored while the queue is pinned", async () => {
    await api.patch("/types/sms/queues/1", { interval: 7, pinned: true });
    await api.enqueue("1", "a", { interval: 100 });
    expect((await stateOf("1")).interval).toBe(7);
    await api.patch("/types/sms/queues/1", { pinned: null });
    await api.enqueue("1", "b", { interval: 100 });
    expect((await stateOf("1")).interval).toBe(100);
  });

  test("P11 a pause acts on the backlog that is there", async () => {
    await api.enqueue("1", "a");
    await api.patch("/types/sms/queues/1", { paused: true });
    expect(await api.take()).toBeUndefined();
    await api.patch("/types/sms/queues/1", { paused: false });
    expect(await api.take()).toMatchObject({ job_id: "a" });
  });

  test.each([
    ["interval", "1"],
    ["interval", 2 ** 53],
    ["burst", 0],
    ["concurrency", -1],
    ["max_length", -1],
    ["paused", 1],
    ["pinned", "true"],
    ["priority", 1],
  ])("P13 refuses %s = %j and changes nothing", async (field, value) => {
    const { status, body } = await api.patch("/types/sms/queues/1", { burst: 2, [field]: value });
    expect([status, body.errors[0].path]).toEqual([400, `/${field}`]);
    expect(await stateOf("1")).toEqual(EMPTY);
  });
});

describe("POST /types/{type}/queues/{queue}/penalty", () => {
  test("holds the queue back without using up an attempt", async () => {
    const path = await api.enqueue("1", "a");
    const { status, body } = await api.post("/types/sms/queues/1/penalty", { for: 60_000 });
    expect([status, body.state]).toEqual([200, "spacing"]);
    expect(body.ready_at).toBeGreaterThan(Date.now() + 50_000);
    expect(await api.take()).toBeUndefined();
    expect((await api.get(path)).body).toMatchObject({ state: "queued", attempts: 0 });
  });

  test("a longer penalty that holds already stays", async () => {
    await api.enqueue("1", "a");
    const { body } = await api.post("/types/sms/queues/1/penalty", { for: 60_000 });
    expect((await api.post("/types/sms/queues/1/penalty", { for: 1 })).body.ready_at).toBe(body.ready_at);
  });

  test.each([[undefined], [{}], [{ for: 0 }], [{ for: 1.5 }], [{ for: 3650 * 86_400_000 + 1 }]])(
    "P13 refuses the body %j",
    async (given) => {
      expect((await api.post("/types/sms/queues/1/penalty", given)).status).toBe(400);
    },
  );
});

describe("GET /types/{type}/queues", () => {
  const ids = (body: { items: { queue_id: string }[] }) => body.items.map(({ queue_id }) => queue_id);

  test("lists queues by name, by length and by ready time, as one shows them", async () => {
    await api.enqueue("b", "1", { due_at: Date.now() + 90_000 });
    await api.enqueue("a", "1", { due_at: Date.now() + 95_000 });
    await api.enqueue("a", "2", { due_at: Date.now() + 95_000 });
    await api.enqueue("c", "1");
    const byName = await api.get("/types/sms/queues");
    expect([byName.status, ids(byName.body), byName.body.next_cursor]).toEqual([200, ["a", "b", "c"], null]);
    expect(byName.body.items[0]).toEqual(await stateOf("a"));
    expect(ids((await api.get("/types/sms/queues?order=length")).body)[0]).toBe("a");
    expect(ids((await api.get("/types/sms/queues?order=ready")).body)).toEqual(["c", "b", "a"]);
  });

  test("searches for a part of the id", async () => {
    for (const id of ["user1", "user2", "shop"]) await api.enqueue(id, "a");
    expect(ids((await api.get("/types/sms/queues?search=ser")).body)).toEqual(["user1", "user2"]);
  });

  test.each(["name", "length", "ready"])("goes page by page in the order %s, and misses nothing", async (order) => {
    const all = Array.from({ length: 7 }, (_, i) => `q${i}`);
    for (const id of all) await api.enqueue(id, "a");
    const found: string[] = [];
    let cursor = "";
    for (let pages = 0; pages < 20; pages += 1) {
      const { body } = await api.get(`/types/sms/queues?order=${order}&limit=3${cursor}`);
      expect(body.items.length).toBeLessThanOrEqual(3);
      found.push(...ids(body));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
    }
    expect(found.sort()).toEqual(all);
  });

  test("P13 refuses a cursor that it did not give", async () => {
    const { status, body } = await api.get("/types/sms/queues?cursor=nonsense");
    expect([status, body.errors[0].path]).toEqual([400, "/query/cursor"]);
  });

  test.each(["limit=0", "limit=501", "limit=x", "order=best", "search=", "page=2"])(
    "P13 refuses ?%s",
    async (query) => {
      const { status, body } = await api.get(`/types/sms/queues?${query}`);
      expect([status, body.errors[0].path]).toEqual([400, `/query/${query.split("=")[0]}`]);
    },
  );
});

describe("DELETE /types/{type}/queues/{queue}", () => {
  test("drops queued and scheduled jobs, and keeps active ones and settings", async () => {
    await api.patch("/types/sms/queues/1", { burst: 5 });
    const active = await api.enqueue("1", "a");
    await api.take();
    await api.enqueue("1", "b");
    await api.enqueue("1", "c", { delay: 60_000 });
    const { status, body } = await api.remove("/types/sms/queues/1");
    expect([status, body]).toEqual([200, { removed: 2 }]);
    expect(await stateOf("1")).toMatchObject({ length: 0, active: 1, burst: 5 });
    expect((await api.get(active)).body.state).toBe("active");
  });

  test("P10 with purge also settings, active and retained jobs, and logs", async () => {
    await api.patch("/types/sms/queues/1", { burst: 5, concurrency: 2 });
    const active = await api.enqueue("1", "a");
    const retained = await api.enqueue("1", "b", { retain: 60_000 });
    await api.take();
    await api.take();
    await api.post(`${retained}/finish`);
    await api.post(`${active}/logs`, { message: "hello" });
    await api.enqueue("1", "c");
    const { status, body } = await api.remove("/types/sms/queues/1?purge=true");
    expect([status, body.removed]).toEqual([200, expect.any(Number)]);
    expect(await stateOf("1")).toEqual(EMPTY);
    for (const path of [active, retained]) expect((await api.get(path)).status).toBe(404);
    const keys = await api.redis.connect().keys("*");
    expect(keys.filter((key) => /job|log|setting/.test(key))).toEqual([]);
  });

  test.each(["purge=1", "purge=", "purge_all=true"])("P13 refuses ?%s", async (query) => {
    await api.enqueue("1", "a");
    expect((await api.remove(`/types/sms/queues/1?${query}`)).status).toBe(400);
    expect((await stateOf("1")).length).toBe(1);
  });
});
