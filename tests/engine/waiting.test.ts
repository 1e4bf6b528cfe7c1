import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { channelOn } from "../support/channels.js";
import { job } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";
import { realEngine } from "../support/http-server.js";

/** Waiting is about real time: these engines go by Redis's clock. */
const fixture = useEngine();
const LONG_MS = 20_000;
let engine: Engine;
let other: Engine;

const server = () => realEngine(fixture.server.connect(), channelOn(fixture.server.connect()));

beforeEach(() => {
  engine = server();
  other = server();
});

/** A client that can go away. */
class Client {
  #listeners: (() => void)[] = [];
  readonly whenGone = (listener: () => void) => void this.#listeners.push(listener);

  leave(): void {
    for (const listener of this.#listeners) listener();
  }
}

const calls = async () => {
  const stats = await fixture.redis.info("commandstats");
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
};
const idsOf = (answers: { dispatches: { jobId: string }[] }[]) =>
  answers.flatMap(({ dispatches }) => dispatches.map(({ jobId }) => jobId));

/** Resolves when a server's waiting requests have been noted in Redis. */
async function noted(): Promise<void> {
  while ((await fixture.redis.exists("{test:sms}:waiting")) === 0) await sleep(1);
}

describe("waiting for a job", () => {
  test("a request that waits is answered by an enqueue on another server", async () => {
    const waiting = engine.dequeue("sms", { waitMs: LONG_MS });
    await noted();
    await other.enqueue(job("1", "a"));
    expect(idsOf([await waiting])).toEqual(["a"]);
  });

  test("P3 a request that waits is answered when the earliest queue is ready, and not before", async () => {
    await engine.enqueue(job("1", "a", { intervalMs: 80 }));
    await engine.enqueue(job("1", "b", { intervalMs: 80 }));
    const [first] = (await engine.dequeue("sms")).dispatches;
    const [second] = (await engine.dequeue("sms", { waitMs: LONG_MS })).dispatches;
    const [seconds = 0, us = 0] = (await fixture.redis.time()).map(Number);
    expect(Number(second?.lease) - Number(first?.lease)).toBeGreaterThanOrEqual(80_000);
    expect(seconds * 1e6 + us).toBeGreaterThanOrEqual(Number(second?.lease));
  });

  test("P4 dispatches for requests that wait follow each other by exactly the interval", async () => {
    for (let i = 0; i < 12; i += 1) await engine.enqueue(job("1", `j${i}`, { intervalMs: 15 }));
    const leases: number[] = [];
    while (leases.length < 12) {
      const { dispatches } = await engine.dequeue("sms", { waitMs: LONG_MS });
      leases.push(...dispatches.map(({ lease }) => Number(lease)));
    }
    const gaps = leases.slice(1).map((lease, i) => lease - (leases[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15_000);
    // A busy machine may come late now and then, but that is not the rule.
    expect(gaps.filter((gap) => gap === 15_000).length).toBeGreaterThan(3);
  });

  test("a request that waits is answered without a job when its time is over, and told what is coming", async () => {
    expect(await engine.dequeue("sms", { waitMs: 20 })).toEqual({ dispatches: [], nextReadyInMs: null });
    await engine.enqueue(job("1", "a", { delayMs: 60_000 }));
    const { nextReadyInMs } = await engine.dequeue("sms", { waitMs: 20 });
    expect(nextReadyInMs).toBeGreaterThan(50_000);
    expect(nextReadyInMs).toBeLessThanOrEqual(60_000);
  });

  test("a thousand requests that wait ask Redis a few times, and one job costs a few calls", async () => {
    const clients = Array.from({ length: 1000 }, () => new Client());
    const waiting = clients.map(({ whenGone }) => engine.dequeue("sms", { waitMs: LONG_MS, whenGone }));
    await noted();
    // A call of its own before the channel is subscribed, and one after.
    await sleep(50);
    const before = await calls();
    await other.enqueue(job("1", "a"));
    await Promise.race(waiting);
    await noted();
    expect((await calls()) - before).toBeLessThanOrEqual(8);
    const idle = await calls();
    await sleep(100);
    expect((await calls()) - idle).toBe(0);
    for (const client of clients) client.leave();
    expect(idsOf(await Promise.all(waiting))).toEqual(["a"]);
  });

  test("requests are served in the order of their coming, each with as many jobs as it asked for", async () => {
    const waiting = [2, 1, 3].map((count) => engine.dequeue("sms", { count, waitMs: LONG_MS }));
    await noted();
    await other.enqueueAll(
      "sms",
      ["a", "b", "c", "d", "e"].map((id) => job("1", id)),
    );
    expect((await Promise.all(waiting)).map((answer) => idsOf([answer]))).toEqual([["a", "b"], ["c"], ["d", "e"]]);
  });

  test("P4 a client that goes away is forgotten, and takes neither a job nor a rate token with it", async () => {
    const client = new Client();
    const gone = engine.dequeue("sms", { waitMs: LONG_MS, whenGone: client.whenGone });
    await noted();
    client.leave();
    expect((await gone).dispatches).toEqual([]);
    await other.enqueue(job("1", "a", { intervalMs: 60_000 }));
    const [taken] = (await other.dequeue("sms")).dispatches;
    expect(taken).toMatchObject({ jobId: "a", attempt: 1 });
  });

  test("P4 a client that goes away while its job is on the way gives the job and the rate token back", async () => {
    await engine.enqueue(job("1", "a", { intervalMs: 60_000 }));
    const client = new Client();
    await fixture.redis.client("PAUSE", 60, "ALL");
    const gone = engine.dequeue("sms", { waitMs: LONG_MS, whenGone: client.whenGone });
    // By now the question has gone out, and Redis answers it when its pause is over.
    await sleep(20);
    client.leave();
    expect((await gone).dispatches).toEqual([]);
    const [taken] = (await other.dequeue("sms", { waitMs: LONG_MS })).dispatches;
    expect(taken).toMatchObject({ jobId: "a", attempt: 1, waiting: 0 });
  });

  test("P11 a shorter interval wakes who waits for the queue", async () => {
    await engine.enqueue(job("1", "a", { intervalMs: 60_000 }));
    await engine.enqueue(job("1", "b", { intervalMs: 60_000 }));
    await engine.dequeue("sms");
    const waiting = engine.dequeue("sms", { waitMs: LONG_MS });
    await noted();
    await other.queues.setInterval(job("1", ""), 10);
    expect(idsOf([await waiting])).toEqual(["b"]);
  });

  const queue = { queueType: "sms", queueId: "1" };
  test.each([
    [
      "a pause of the queue",
      () => other.queues.change(queue, { paused: true }),
      () => other.queues.change(queue, { paused: null }),
    ],
    [
      "a pause of the type",
      () => other.queues.changeType("sms", { paused: true }),
      () => other.queues.changeType("sms", { paused: false }),
    ],
    ["a full queue", () => other.queues.change(queue, { concurrency: 1 }), () => other.finish(job("1", "first"))],
    [
      "a full queue with a larger limit",
      () => other.queues.change(queue, { concurrency: 1 }),
      () => other.queues.change(queue, { concurrency: 2 }),
    ],
    [
      "a full type",
      () => other.queues.changeType("sms", { concurrency: 1 }),
      () => other.jobs.fail(job("1", "first"), { final: true }),
    ],
    [
      "a limited type",
      () => other.queues.changeType("sms", { intervalMs: 60_000 }),
      () => other.queues.changeType("sms", { intervalMs: null }),
    ],
    [
      "a default of the type",
      () => other.queues.changeType("sms", { queueDefaults: { concurrency: 1 } }),
      () => other.queues.changeType("sms", { queueDefaults: { concurrency: null } }),
    ],
  ])("P11 who waits because of %s is woken when that is over", async (_, hold, lift) => {
    await other.enqueueAll("sms", [job("1", "first"), job("1", "second")]);
    await hold();
    // A type that is paused, and a queue, give nothing out; the others one job.
    await other.dequeue("sms");
    // Who is not woken asks again only after ten seconds.
    const waiting = engine.dequeue("sms", { waitMs: 5000 });
    await noted();
    await lift();
    expect(idsOf([await waiting])).toHaveLength(1);
  });

  test("P4 who waits gets a job when the penalty of its queue is over", async () => {
    await other.enqueue(job("1", "a"));
    const { readyAtMs } = await other.queues.penalize(queue, 150);
    const [taken] = (await engine.dequeue("sms", { waitMs: LONG_MS })).dispatches;
    expect(Math.ceil(Number(taken?.lease) / 1000)).toBe(readyAtMs);
  });

  test("a job that is cancelled while it is on the way to a client that goes away ends, and is not given out again", async () => {
    await engine.enqueue(job("1", "a", { retainMs: 60_000 }));
    const client = new Client();
    await fixture.redis.client("PAUSE", 60, "ALL");
    const gone = engine.dequeue("sms", { waitMs: LONG_MS, whenGone: client.whenGone });
    await sleep(20);
    // It reaches Redis behind the question, and before the job is taken back.
    const cancelled = engine.jobs.cancel(job("1", "a"));
    client.leave();
    await gone;
    expect(await cancelled).toMatchObject({ state: "active", cancelRequested: true });
    while ((await engine.jobs.get(job("1", "a")))?.state !== "cancelled") await sleep(5);
    expect((await engine.dequeue("sms")).dispatches).toEqual([]);
  });

  test("who waits for one queue gets its jobs alone", async () => {
    const waiting = engine.dequeue("sms", { queueId: "2", waitMs: LONG_MS });
    await noted();
    await other.enqueue(job("1", "a"));
    await noted();
    await other.enqueue(job("2", "b"));
    expect(idsOf([await waiting])).toEqual(["b"]);
  });

  test("who waits for one queue is woken although others wait for the whole type", async () => {
    await other.enqueue(job("9", "late", { delayMs: 30_000 }));
    const one = engine.dequeue("sms", { queueId: "2", waitMs: LONG_MS });
    await noted();
    const any = engine.dequeue("sms", { waitMs: 300 });
    await sleep(50);
    await other.enqueue(job("2", "b", { delayMs: 60 }));
    expect(idsOf(await Promise.all([one, any]))).toEqual(["b"]);
  });

  test("a server that stops answers everybody who waits", async () => {
    const waiting = [engine.dequeue("sms", { waitMs: LONG_MS }), engine.dequeue("mail", { waitMs: LONG_MS })];
    await noted();
    engine.endWaiting();
    expect(idsOf(await Promise.all(waiting))).toEqual([]);
    expect(idsOf([await engine.dequeue("sms", { waitMs: LONG_MS })])).toEqual([]);
  });

  test("P13 who waits is told when Redis can't be reached", async () => {
    await fixture.redis.config("SET", "maxmemory", "1");
    try {
      await expect(engine.dequeue("sms", { waitMs: LONG_MS })).rejects.toMatchObject({ code: "unavailable" });
    } finally {
      await fixture.redis.config("SET", "maxmemory", "0");
    }
  });
});
