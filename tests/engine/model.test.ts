import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Redis } from "ioredis";
import type { Engine } from "../../src/engine/engine.js";
import { SharqError } from "../../src/engine/errors.js";
import { expected, holdings } from "../support/audit.js";
import { engineOn } from "../support/engines.js";
import { Model } from "../support/model.js";
import { PrivateRedis } from "../support/private-redis.js";
import { VirtualClock } from "../support/virtual-clock.js";

let server: PrivateRedis;
let redis: Redis;

beforeAll(async () => {
  server = await PrivateRedis.start();
  redis = server.connect();
});
afterAll(() => server.stop());

// Names that are also names of keys and fields, or of things every JavaScript object has.
const queueIds = ["a", "active", "ready", "__proto__"];
const jobIds = ["1", "2", "3", "queue", "constructor"];

const queueId = fc.constantFrom(...queueIds);
const jobId = fc.constantFrom(...jobIds);
const maybe = <T>(...values: T[]) => fc.constantFrom<(T | undefined)[]>(undefined, undefined, ...values);

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("enqueue" as const),
      queueId,
      jobId,
      intervalMs: fc.constantFrom(undefined, 0, 0, 100, 100, 250, 1000, 3000),
      requeueLimit: maybe(0, 1, 2),
      delayMs: maybe(0, 1, 150, 1000),
      priority: maybe(-3, 2, 1000),
      leaseMs: maybe(50, 300),
      retainMs: maybe(0, 500),
      maxQueuedLength: maybe(0, 1, 3),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("dequeue" as const),
      count: fc.constantFrom(1, 1, 1, 2, 5),
      queueId: fc.constantFrom(undefined, undefined, ...queueIds),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("finish" as const),
      queueId,
      jobId,
      token: fc.constantFrom("none" as const, "current" as const, "first" as const, "wrong" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("interval" as const), queueId, intervalMs: fc.constantFrom(0, 50, 400) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), queueId, purge: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("sweep" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      us: fc.constantFrom(0, 1, 700, 50_000, 99_999, 100_000, 250_000, 1_000_000, 5_000_000, 700_000_000),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** One run: the engine in virtual time beside its model. */
class Run {
  readonly model = new Model();
  readonly clock = new VirtualClock();
  readonly #engines: readonly Engine[];
  readonly #tokens = new Map<string, string[]>();
  readonly #dispatchedUs = new Map<string, number>();
  #turn = 0;

  constructor() {
    // Two servers on one Redis: they share nothing else.
    this.#engines = [engineOn(server.connect(), this.clock), engineOn(server.connect(), this.clock)];
  }

  async step(operation: Operation): Promise<void> {
    this.#turn += 1;
    const engine = this.#engines[this.#turn % this.#engines.length] as Engine;
    await this.#apply(engine, operation);
    for (const queue of this.model.queues.values()) queue.settle(this.clock.us);
    const found = await holdings(redis);
    expect(found).toEqual(expected(this.model, found));
    this.#conserve();
    this.#outlive(found.expiresAtMs);
  }

  /** P3: what a drained queue leaves stays until its spacing has passed. */
  #outlive(expiresAtMs: ReadonlyMap<string, number>): void {
    for (const [id, atMs] of expiresAtMs) {
      const { lastUs = 0, intervalMs = 0 } = this.model.queues.get(id) ?? {};
      // A real millisecond may pass between reading the lifetime and reading the clock.
      expect(atMs + 5).toBeGreaterThanOrEqual(lastUs / 1000 + intervalMs);
    }
  }

  async #apply(engine: Engine, operation: Operation): Promise<void> {
    const { model, clock } = this;
    switch (operation.kind) {
      case "enqueue": {
        const { kind, ...fields } = operation;
        const job = { ...fields, queueType: "sms", payload: `{"turn":${this.#turn}}` };
        const answer = model.enqueue(job, clock.us);
        expect(await outcome(() => engine.enqueue(job))).toEqual(answer.outcome === "full" ? "queue_full" : answer);
        return;
      }
      case "dequeue":
        return this.#dequeue(engine, operation.count, operation.queueId);
      case "finish": {
        const token = this.#token(operation);
        const ref = { queueType: "sms", queueId: operation.queueId, jobId: operation.jobId };
        const answer = model.finish(ref.queueId, ref.jobId, token, clock.us);
        expect(await outcome(() => engine.finish(ref, token))).toBe(answer === "finished" ? undefined : answer);
        return;
      }
      case "interval": {
        const queue = { queueType: "sms", queueId: operation.queueId };
        const answer = model.setInterval(queue.queueId, operation.intervalMs, clock.us);
        const got = await outcome(() => engine.setInterval(queue, operation.intervalMs));
        expect(got).toBe(answer === "set" ? undefined : answer);
        return;
      }
      case "clear": {
        const queue = { queueType: "sms", queueId: operation.queueId };
        const answer = model.clear(queue.queueId, operation.purge, clock.us);
        expect(await engine.clear(queue, operation)).toBe(answer);
        return;
      }
      case "sweep": {
        const answer = model.sweep(clock.us);
        expect(await engine.sweep("sms")).toEqual({ ...answer, complete: true });
        return;
      }
      case "pass":
        return clock.passUs(operation.us);
    }
  }

  async #dequeue(engine: Engine, count: number, only: string | undefined): Promise<void> {
    const got = await engine.dequeue("sms", { count, queueId: only });
    const tokens = got.dispatches.map((dispatch) => dispatch.lease);
    const answer = this.model.dequeue(count, only, tokens, this.clock.us);
    expect(got.dispatches.map(({ lease, latenessMs, ...rest }) => rest)).toEqual(answer);
    if (answer.length === 0) expect(got.nextReadyInMs).toBe(this.model.nextReadyInMs(only, this.clock.us));
    // Each dispatch of a call has a microsecond of its own, which has passed when the call ends.
    this.clock.passUs(got.dispatches.length);
    for (const { queueId, jobId, lease } of got.dispatches) {
      this.#space(queueId, Number(lease));
      this.#tokens.set(`${queueId}:${jobId}`, [...(this.#tokens.get(`${queueId}:${jobId}`) ?? []), lease]);
    }
  }

  /** P3, apart from the model: two dispatches of a queue are never closer than the interval in force at the second. */
  #space(queueId: string, atUs: number): void {
    const before = this.#dispatchedUs.get(queueId) ?? Number.NEGATIVE_INFINITY;
    expect(atUs - before).toBeGreaterThanOrEqual((this.model.queues.get(queueId)?.intervalMs ?? 0) * 1000);
    this.#dispatchedUs.set(queueId, atUs);
  }

  #token({ queueId, jobId, token }: { queueId: string; jobId: string; token: string }): string | undefined {
    const known = this.#tokens.get(`${queueId}:${jobId}`) ?? [];
    if (token === "current") return known.at(-1);
    if (token === "first") return known[0];
    return token === "wrong" ? "1" : undefined;
  }

  /** P14: every accepted job is living, finished, dead or removed. */
  #conserve(): void {
    const { accepted, finished, dead, removed, queues } = this.model;
    const living = [...queues.values()].reduce((sum, queue) => sum + queue.jobs.size, 0);
    expect(accepted).toBe(living + finished + dead + removed);
  }
}

async function outcome<T>(call: () => Promise<T>): Promise<T | string> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof SharqError) return error.code;
    throw error;
  }
}

test("P2 P3 P5 P6 P7 P8 P9 P10 P11 P14 the engine does what its model does, after every operation", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 60, maxLength: 60 }), async (operations) => {
      await redis.flushall();
      const run = new Run();
      for (const operation of operations) await run.step(operation);
    }),
    { numRuns: 200 },
  );
}, 180_000);
