import { describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import type { JobFilter, QueueFilter } from "../../src/engine/types.js";
import { engineOn, job } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();
const HOUR_MS = 3_600_000;

/** Ids of all jobs that a list goes through, page by page. */
async function listed(engine: Engine, filter: JobFilter, limit = 7): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await engine.lists.jobs("sms", filter, { limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ queueId, jobId }) => `${queueId}:${jobId}`));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

async function listedQueues(engine: Engine, filter: QueueFilter, limit = 7): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await engine.lists.queues("sms", filter, { limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ queueId }) => queueId));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** Thirty jobs of each state, spread over three queues. */
async function oneOfEach(engine: Engine): Promise<void> {
  const kinds = ["finished", "failed", "cancelled", "active", "queued", "scheduled"] as const;
  for (const kind of kinds) {
    const jobs = Array.from({ length: 30 }, (_, i) =>
      job(`q${i % 3}`, `${kind}${i}`, {
        retainMs: HOUR_MS,
        delayMs: kind === "scheduled" ? 1000 + i : 0,
        tags: i % 10 === 0 ? ["ten", kind] : undefined,
        leaseMs: HOUR_MS,
      }),
    );
    await engine.enqueueAll("sms", jobs);
    if (kind === "queued" || kind === "scheduled") continue;
    if (kind !== "cancelled") await engine.dequeue("sms", { count: 30 });
    for (const each of jobs) {
      if (kind === "finished") await engine.finish(each);
      if (kind === "failed") await engine.jobs.fail(each, { final: true });
      if (kind === "cancelled") await engine.jobs.cancel(each);
      fixture.clock.passMs(1);
    }
  }
}

describe("lists of jobs", () => {
  test("each state and each queue lists its jobs once, in both orders", async () => {
    const { engine } = fixture;
    await oneOfEach(engine);
    const all = await listed(engine, {});
    expect(all).toHaveLength(180);
    expect(new Set(all).size).toBe(180);
    for (const state of ["finished", "failed", "cancelled", "active", "queued", "scheduled"] as const) {
      const ids = await listed(engine, { state });
      expect(ids.map((id) => id.replace(/^q\d:|\d+$/g, ""))).toEqual(new Array(30).fill(state));
      const newest = await listed(engine, { state, order: "newest" });
      expect([...newest].sort()).toEqual([...ids].sort());
      // Of queued jobs, each queue has its own order.
      if (state !== "queued") expect(newest).toEqual([...ids].reverse());
      const inQueue = await listed(engine, { state, queueId: "q1" }, 3);
      expect(inQueue).toEqual(ids.filter((id) => id.startsWith("q1:")));
      expect(await listed(engine, { state, queueId: "q1", order: "newest" }, 3)).toEqual([...inQueue].reverse());
    }
    expect(await listed(engine, { queueId: "q2" })).toHaveLength(60);
  });

  test("a tag and a search narrow a list down, alone and together", async () => {
    const { engine } = fixture;
    await oneOfEach(engine);
    expect(await listed(engine, { tag: "ten" })).toHaveLength(18);
    expect(await listed(engine, { tag: "ten", state: "failed" })).toHaveLength(3);
    expect(await listed(engine, { tag: "ten", queueId: "q0" })).toHaveLength(6);
    expect(await listed(engine, { tag: "none" })).toEqual([]);
    expect(await listed(engine, { search: "ished2" })).toHaveLength(11);
    expect((await listed(engine, { tag: "finished", search: "20" })).map((id) => id.slice(3))).toEqual(["finished20"]);
  });

  test("a list leaves payloads and outputs out, and shows what else there is", async () => {
    const { engine } = fixture;
    await engine.enqueue(job("1", "a", { tags: ["t"], priority: 3, retainMs: 1000 }));
    await engine.dequeue("sms", { worker: "w" });
    await engine.jobs.finish(job("1", "a"), { output: "{}" });
    const { items } = await engine.lists.jobs("sms", {}, { limit: 10 });
    expect(items).toMatchObject([
      { jobId: "a", state: "finished", payload: "", output: null, tags: ["t"], priority: 3, worker: "w", attempts: 1 },
    ]);
  });

  test("a list goes on behind a job that has gone since the page before", async () => {
    const { engine } = fixture;
    await engine.enqueueAll(
      "sms",
      Array.from({ length: 9 }, (_, i) => job("1", `j${i}`)),
    );
    const first = await engine.lists.jobs("sms", { state: "queued" }, { limit: 4 });
    for (const { jobId } of first.items) await engine.jobs.remove(job("1", jobId));
    const second = await engine.lists.jobs("sms", { state: "queued" }, { limit: 9, cursor: first.nextCursor ?? "" });
    expect(second.items.map(({ jobId }) => jobId)).toEqual(["j4", "j5", "j6", "j7", "j8"]);
  });

  test("jobs that became due, and those of paused queues, are listed as queued", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change({ queueType: "sms", queueId: "1" }, { paused: true });
    await engine.enqueueAll("sms", [job("1", "a", { delayMs: 50 }), job("1", "b"), job("2", "c", { delayMs: 10 })]);
    expect((await listed(engine, { state: "queued" })).sort()).toEqual(["1:b"]);
    clock.passMs(60);
    expect((await listed(engine, { state: "queued" })).sort()).toEqual(["1:a", "1:b", "2:c"]);
    expect((await listed(engine, { state: "queued", queueId: "1" })).sort()).toEqual(["1:a", "1:b"]);
    expect(await listed(engine, { state: "scheduled" })).toEqual([]);
    expect((await listed(engine, {})).sort()).toEqual(["1:a", "1:b", "2:c"]);
  });

  test("P12 the thousandth page of many retained jobs takes Redis as many commands as the first", async () => {
    const { redis, engine, clock } = fixture;
    for (let at = 0; at < 20_000; at += 100) {
      const jobs = Array.from({ length: 100 }, (_, i) => job("1", `j${at + i}`, { retainMs: HOUR_MS }));
      await engine.enqueueAll("sms", jobs);
      await engine.finishAll("sms", (await engine.dequeue("sms", { count: 100 })).dispatches);
      clock.passMs(1);
    }
    const costs: number[] = [];
    let cursor: string | undefined;
    for (let page = 1; page <= 1000; page += 1) {
      await redis.config("RESETSTAT");
      const found = await engine.lists.jobs("sms", { state: "finished" }, { limit: 20, cursor });
      expect(found.items).toHaveLength(20);
      cursor = found.nextCursor ?? undefined;
      if (page === 2 || page === 999) costs.push(await commandsRun());
    }
    const [first = 0, last = 0] = costs;
    expect(last).toBeLessThanOrEqual(first + 5);
  }, 60_000);

  test("P12 many scheduled jobs are not walked for the queued ones, nor many that became due for the scheduled", async () => {
    const { engine, clock } = fixture;
    await engine.queues.change({ queueType: "sms", queueId: "1" }, { paused: true });
    const many = (name: string, delayMs: number) =>
      Array.from({ length: 1500 }, (_, i) => job("1", `${name}${i}`, { delayMs }));
    await engine.enqueueAll("sms", [...many("due", 10), job("1", "queued"), ...many("later", 60_000)]);
    const firstOf = async (filter: JobFilter) =>
      (await engine.lists.jobs("sms", filter, { limit: 5 })).items.map(({ jobId }) => jobId);
    expect(await firstOf({ state: "queued" })).toEqual(["queued"]);
    clock.passMs(100);
    for (const queueId of [undefined, "1"]) {
      const scheduled = await firstOf({ state: "scheduled", queueId });
      expect(scheduled.map((id) => id.replace(/\d+/, ""))).toEqual(new Array(5).fill("later"));
      expect(await listed(engine, { state: "queued", queueId }, 500)).toHaveLength(1501);
      expect(await listed(engine, { state: "scheduled", queueId, order: "newest" }, 500)).toHaveLength(1500);
      expect(await listed(engine, { state: "queued", queueId, order: "newest" }, 500)).toHaveLength(1501);
    }
  });

  test("P12 a search that finds nothing looks at a bounded number of jobs a page", async () => {
    const { engine } = fixture;
    for (let at = 0; at < 3000; at += 500) {
      await engine.enqueueAll(
        "sms",
        Array.from({ length: 500 }, (_, i) => job("1", `j${at + i}`)),
      );
    }
    const page = await engine.lists.jobs("sms", { search: "none" }, { limit: 10 });
    expect(page.items).toEqual([]);
    expect(page.nextCursor).not.toBeNull();
    expect(await listed(engine, { search: "j2999" })).toEqual(["1:j2999"]);
  });

  test.each([
    "",
    "x",
    "e30",
    "WzAsMSwyXQ",
    "Wzk5LCIiLCIiLCIiLCIiXQ",
    "WzAsIiIsIngiLCJhIiwieCJd",
    "WzAsIiIsIiIsImEiLCJ4Il0",
  ])("the cursor %p, which no list gave, is refused", async (cursor) => {
    const demand = { limit: 5, cursor };
    await expect(fixture.engine.lists.jobs("sms", {}, demand)).rejects.toMatchObject({ code: "bad_cursor" });
    for (const order of ["ready", "name", "length"] as const) {
      const refused = fixture.engine.lists.queues("sms", { order }, demand);
      await expect(refused).rejects.toMatchObject({ code: "bad_cursor" });
    }
  });

  test("the jobs of all partitions are listed", async () => {
    const { redis, clock } = fixture;
    const engine = engineOn(redis, clock, { partitions: () => 4 });
    await oneOfEach(engine);
    const all = await listed(engine, {});
    expect(all).toHaveLength(180);
    expect(new Set(all).size).toBe(180);
    expect(await listed(engine, { tag: "ten" })).toHaveLength(18);
  });
});

describe("lists of queues", () => {
  test("a cursor of another order is refused", async () => {
    const { engine } = fixture;
    await engine.enqueueAll("sms", [job("a", "1"), job("b", "1")]);
    const { nextCursor } = await engine.lists.queues("sms", { order: "name" }, { limit: 1 });
    const refused = engine.lists.queues("sms", { order: "length" }, { limit: 1, cursor: nextCursor ?? "" });
    await expect(refused).rejects.toMatchObject({ code: "bad_cursor" });
  });

  const ids = Array.from({ length: 30 }, (_, i) => `q${String(i).padStart(2, "0")}`);

  async function someQueues(engine: Engine): Promise<void> {
    for (const [i, id] of ids.entries()) {
      await engine.enqueueAll(
        "sms",
        Array.from({ length: (i % 5) + 1 }, (_, n) => job(id, `j${n}`)),
      );
      fixture.clock.passMs(1);
    }
  }

  test.each([1, 4])(
    "by name, by length and by ready time, each queue comes once (%i partitions)",
    async (partitions) => {
      const { redis, clock } = fixture;
      const engine = engineOn(redis, clock, { partitions: () => partitions });
      await someQueues(engine);
      expect(await listedQueues(engine, { order: "name" })).toEqual(ids);
      const lengths = await listedQueues(engine, { order: "length" });
      expect(lengths).toEqual(
        [...ids].sort((a, b) => (Number(b.slice(1)) % 5) - (Number(a.slice(1)) % 5) || (a < b ? -1 : 1)),
      );
      const ready = await listedQueues(engine, { order: "ready" });
      if (partitions === 1) expect(ready).toEqual(ids);
      expect([...ready].sort()).toEqual(ids);
      expect(await listedQueues(engine, { order: "name", search: "q1" })).toEqual(ids.slice(10, 20));
      expect((await listedQueues(engine, { order: "ready", search: "9" })).sort()).toEqual(["q09", "q19", "q29"]);
    },
  );

  test("also those that only have active jobs or a setting are listed by name, and the blocked ones by ready time", async () => {
    const { engine } = fixture;
    await engine.queues.change({ queueType: "sms", queueId: "set" }, { concurrency: 3 });
    await engine.queues.change({ queueType: "sms", queueId: "held" }, { paused: true });
    await engine.enqueueAll("sms", [job("held", "1"), job("active", "1"), job("waiting", "1")]);
    fixture.clock.passMs(1);
    await engine.dequeue("sms", { queueId: "active" });
    expect(await listedQueues(engine, { order: "name" })).toEqual(["active", "held", "set", "waiting"]);
    expect(await listedQueues(engine, { order: "ready" })).toEqual(["waiting", "held"]);
    const { items } = await engine.lists.queues("sms", { order: "name" }, { limit: 10 });
    expect(items.map(({ state }) => state)).toEqual(["empty", "paused", "empty", "ready"]);
  });
});

async function commandsRun(): Promise<number> {
  const stats = await fixture.redis.info("commandstats");
  return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
