import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Redis } from "ioredis";
import type { Engine } from "../../src/engine/engine.js";
import { SharqError } from "../../src/engine/errors.js";
import type { Job, JobRef, JobState } from "../../src/engine/types.js";
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

// Names that are also names of keys and fields, or of things every JavaScript object has. They are few, so that operations meet.
const queueIds = ["a", "active", "__proto__"];
const jobIds = ["1", "2", "queue", "constructor"];

const queueId = fc.constantFrom(...queueIds);
const jobId = fc.constantFrom(...jobIds);
const token = fc.constantFrom("none" as const, "current" as const, "first" as const, "wrong" as const);
const maybe = <T>(...values: T[]) => fc.constantFrom<(T | undefined)[]>(undefined, undefined, ...values);
const change = <T>(...values: T[]) => fc.constantFrom<(T | null | undefined)[]>(undefined, undefined, null, ...values);
const of = <Kind extends string, Fields extends Record<string, unknown>>(
  kind: Kind,
  weight: number,
  fields: { [Field in keyof Fields]: fc.Arbitrary<Fields[Field]> },
) => ({
  weight,
  arbitrary: fc.record(fields).map((given) => ({ kind, ...given }) as { kind: Kind } & Fields),
});

const operation = fc.oneof(
  of("enqueue", 10, {
    queueId,
    jobId,
    intervalMs: fc.constantFrom(undefined, 0, 0, 100, 100, 250, 1000, 3000),
    requeueLimit: maybe(0, 1, 2),
    delayMs: maybe(0, 1, 150, 1000),
    priority: maybe(-3, 2, 1000),
    leaseMs: maybe(50, 300),
    retainMs: maybe(0, 500),
    maxQueuedLength: maybe(0, 1, 3),
    retryDelaysMs: fc.constantFrom(undefined, undefined, undefined, [], [40], [100, 2000]),
    maxRuntimeMs: maybe(200, 2000),
    deadlineInMs: fc.constantFrom(undefined, undefined, undefined, -1, 60, 400),
    tags: fc.constantFrom<(string[] | undefined)[]>(undefined, undefined, ["a"], ["b", "a"]),
  }),
  of("dequeue", 10, {
    count: fc.constantFrom(1, 1, 1, 2, 5),
    queueId: fc.constantFrom(undefined, undefined, ...queueIds),
    worker: maybe("w1", "w2"),
  }),
  of("finish", 4, { queueId, jobId, token }),
  of("finishWith", 3, { queueId, jobId, token, output: maybe("{}", '{"a":1}') }),
  of("fail", 4, {
    queueId,
    jobId,
    token,
    error: maybe("broken"),
    retryInMs: maybe(0, 90),
    final: fc.constantFrom(false, false, true),
  }),
  of("heartbeat", 4, { queueId, jobId, token, extendMs: maybe(10, 4000), progress: maybe(0, 0.5), output: maybe("1") }),
  of("release", 2, { queueId, jobId, token }),
  of("claim", 4, { queueId, jobId, worker: maybe("w3") }),
  of("cancel", 2, { queueId, jobId }),
  of("restart", 2, { queueId, jobId }),
  of("remove", 1, { queueId, jobId }),
  of("log", 3, { queueId, jobId, lines: fc.constantFrom(1, 3) }),
  of("interval", 1, { queueId, intervalMs: fc.constantFrom(0, 50, 400) }),
  of("change", 3, {
    queueId,
    intervalMs: change(0, 70),
    burst: change(2, 3),
    concurrency: change(1, 2),
    maxLength: change(2),
    paused: change(true, false),
    pinned: change(true, false),
  }),
  of("changeType", 3, {
    intervalMs: change(0, 30),
    burst: change(2),
    concurrency: change(1, 3),
    paused: fc.constantFrom(undefined, undefined, null, false, true),
    queueDefaults: fc.option(
      fc.record({ intervalMs: change(20, 500), burst: change(2), concurrency: change(1, 2), maxLength: change(4) }),
      { nil: undefined },
    ),
    jobDefaults: fc.option(
      fc.record({
        leaseMs: change(80),
        requeueLimit: change(0, 1),
        retryDelaysMs: change([70]),
        retainMs: change(300),
      }),
      { nil: undefined },
    ),
  }),
  of("penalize", 3, { queueId, forMs: fc.constantFrom(1, 120, 2000) }),
  of("clear", 1, { queueId, purge: fc.boolean(), active: fc.boolean() }),
  of("sweep", 4, {}),
  of("pass", 8, {
    us: fc.constantFrom(0, 1, 700, 50_000, 99_999, 100_000, 250_000, 1_000_000, 5_000_000, 700_000_000),
  }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
type Of<Kind extends Operation["kind"]> = Extract<Operation, { kind: Kind }>;

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
    const before = this.#states();
    await this.#apply(engine, operation);
    for (const queue of this.model.queues.values()) queue.settle(this.clock.us);
    const found = await holdings(redis);
    expect(found).toEqual(expected(this.model, found));
    await this.#look(engine, operation);
    if (this.#turn % 4 === 0) await this.#lookAtAll(engine);
    this.#conserve();
    this.#transit(before);
    this.#outlive(found.expiresAtMs);
  }

  /** P3: what a drained queue leaves stays until its spacing has passed. */
  #outlive(expiresAtMs: ReadonlyMap<string, number>): void {
    for (const [id, atMs] of expiresAtMs) {
      // A real millisecond may pass between reading the lifetime and reading the clock.
      expect(atMs + 5).toBeGreaterThanOrEqual((this.model.queues.get(id)?.neededUs ?? 0) / 1000);
    }
  }

  /** What the engine says of the job and the queue that an operation was about. */
  async #look(engine: Engine, operation: Operation): Promise<void> {
    if (!("queueId" in operation) || typeof operation.queueId !== "string") return;
    const queue = { queueType: "sms", queueId: operation.queueId };
    const model = this.model.queue(queue.queueId, this.clock.us);
    const status = await engine.queues.queue(queue);
    expect(status).toMatchObject({
      length: model.waiting.length,
      active: model.active.length,
      intervalMs: model.intervalMs,
      burst: model.burst,
      state: this.model.queueState(queue.queueId, this.clock.us),
    });
    if (!("jobId" in operation) || typeof operation.jobId !== "string") return;
    const said = this.model.job(queue.queueId, operation.jobId, this.clock.us);
    const job = await engine.jobs.get({ ...queue, jobId: operation.jobId });
    expect(job).toEqual(said && expect.objectContaining(said));
  }

  async #lookAtAll(engine: Engine): Promise<void> {
    for (const queue of this.model.queues.values()) {
      for (const jobId of queue.jobs.keys()) {
        const said = this.model.job(queue.id, jobId, this.clock.us);
        const job = await engine.jobs.get({ queueType: "sms", queueId: queue.id, jobId });
        expect(job).toEqual(said && expect.objectContaining(said));
      }
    }
  }

  async #apply(engine: Engine, operation: Operation): Promise<void> {
    const { model, clock } = this;
    switch (operation.kind) {
      case "enqueue":
        return this.#enqueue(engine, operation);
      case "dequeue":
        return this.#dequeue(engine, operation);
      case "finish": {
        const lease = this.#token(operation);
        const answer = model.finish(operation.queueId, operation.jobId, lease, clock.us);
        const got = await outcome(() => engine.finish(refOf(operation), lease));
        return expect(got).toBe(answer === "finished" ? undefined : answer);
      }
      case "restart":
        return this.#restart(engine, operation);
      case "remove": {
        const answer = model.remove(operation.queueId, operation.jobId, clock.us);
        const got = await outcome(() => engine.jobs.remove(refOf(operation)));
        return expect(typeof got === "string" ? got : "removed").toBe(answer);
      }
      case "log": {
        const answer = model.log(operation.queueId, operation.jobId, operation.lines, clock.us);
        const lines = Array.from({ length: operation.lines }, () => ({ level: "info", message: "x" }));
        return expect(await outcome(() => engine.jobs.log(refOf(operation), lines))).toBe(answer);
      }
      case "clear": {
        const queue = { queueType: "sms", queueId: operation.queueId };
        const answer = model.clear(queue.queueId, operation, clock.us);
        return expect(await engine.clear(queue, operation)).toBe(answer);
      }
      case "sweep":
        return expect(await engine.sweep("sms")).toEqual({ ...model.sweep(clock.us), complete: true });
      case "pass":
        return clock.passUs(operation.us);
      case "interval":
      case "change":
      case "changeType":
      case "penalize":
        return this.#control(engine, operation);
      default:
        return this.#act(engine, operation);
    }
  }

  async #enqueue(engine: Engine, { kind, deadlineInMs, ...fields }: Of<"enqueue">): Promise<void> {
    const { model, clock } = this;
    const deadlineMs = deadlineInMs === undefined ? undefined : clock.ms + deadlineInMs;
    const job = { ...fields, deadlineMs, queueType: "sms", payload: `{"turn":${this.#turn}}` };
    const answer = model.enqueue(job, clock.us);
    expect(await outcome(() => engine.enqueue(job))).toEqual(answer.outcome === "full" ? "queue_full" : answer);
  }

  /** Operations on a job that answer with the job. */
  async #act(
    engine: Engine,
    operation: Of<"finishWith" | "fail" | "heartbeat" | "release" | "claim" | "cancel">,
  ): Promise<void> {
    const { queueId, jobId } = operation;
    const [ref, us] = [refOf(operation), this.clock.us];
    const lease = "token" in operation ? this.#token(operation) : undefined;
    const [answer, got] = await this.#both(engine, operation, ref, lease, us);
    if (typeof answer === "string") return expect(got).toBe(answer);
    expect(got).toMatchObject({ attempts: answer.attempts, requeuesRemaining: answer.remaining, error: answer.error });
    if (operation.kind === "claim" && typeof got !== "string") {
      expect(got).toMatchObject({ state: "active", worker: operation.worker ?? null });
      this.#tokens.set(`${queueId}:${jobId}`, [...(this.#tokens.get(`${queueId}:${jobId}`) ?? []), got.lease ?? ""]);
      // The time of the claim is its token: it has passed when the call ends.
      this.clock.passUs(Number(got.lease) - us + 1);
    }
  }

  async #both(
    engine: Engine,
    operation: Of<"finishWith" | "fail" | "heartbeat" | "release" | "claim" | "cancel">,
    ref: JobRef,
    lease: string | undefined,
    us: number,
  ): Promise<[ReturnType<Model["cancel"]>, Job | string]> {
    const { model } = this;
    const { queueId, jobId } = ref;
    switch (operation.kind) {
      case "finishWith": {
        const { output } = operation;
        const answer = model.finishWith(queueId, jobId, lease, output, us);
        return [answer, await outcome(() => engine.jobs.finish(ref, { lease, output }))];
      }
      case "fail": {
        const failure = { ...operation, lease };
        return [model.fail(queueId, jobId, failure, us), await outcome(() => engine.jobs.fail(ref, failure))];
      }
      case "heartbeat": {
        const beat = { ...operation, lease };
        return [model.heartbeat(queueId, jobId, beat, us), await outcome(() => engine.jobs.heartbeat(ref, beat))];
      }
      case "release":
        return [model.release(queueId, jobId, lease, us), await outcome(() => engine.jobs.release(ref, { lease }))];
      case "claim": {
        const { worker } = operation;
        return [model.claim(queueId, jobId, worker ?? null, us), await outcome(() => engine.jobs.claim(ref, worker))];
      }
      case "cancel":
        return [model.cancel(queueId, jobId, us), await outcome(() => engine.jobs.cancel(ref))];
    }
  }

  async #restart(engine: Engine, operation: Of<"restart">): Promise<void> {
    const got = await outcome(() => engine.jobs.restart(refOf(operation)));
    const newId = typeof got === "string" ? "new" : got.jobId;
    const answer = this.model.restart(operation.queueId, operation.jobId, newId, this.clock.us);
    if (typeof answer === "string") expect(got).toBe(answer);
    else expect(got).toMatchObject({ jobId: answer.id, restartedFrom: operation.jobId, state: "queued" });
  }

  async #control(engine: Engine, operation: Of<"interval" | "change" | "changeType" | "penalize">): Promise<void> {
    const { model, clock } = this;
    if (operation.kind === "changeType") {
      const { kind, ...change } = operation;
      model.changeType(change);
      const { settings } = await engine.queues.changeType("sms", change);
      expect(settings.queueDefaults).toEqual(model.settings.queueDefaults);
      return expect(settings.jobDefaults).toEqual(model.settings.jobDefaults);
    }
    const queue = { queueType: "sms", queueId: operation.queueId };
    if (operation.kind === "interval") {
      const answer = model.setInterval(queue.queueId, operation.intervalMs, clock.us);
      const got = await outcome(() => engine.queues.setInterval(queue, operation.intervalMs));
      expect(got).toBe(answer === "set" ? undefined : answer);
    } else if (operation.kind === "change") {
      const { kind, queueId, ...change } = operation;
      model.change(queue.queueId, change, clock.us);
      await engine.queues.change(queue, change);
    } else {
      model.penalize(queue.queueId, operation.forMs, clock.us);
      await engine.queues.penalize(queue, operation.forMs);
    }
  }

  async #dequeue(engine: Engine, { count, queueId: only, worker }: Of<"dequeue">): Promise<void> {
    const got = await engine.dequeue("sms", { count, queueId: only, worker });
    const tokens = got.dispatches.map((dispatch) => dispatch.lease);
    const answer = this.model.dequeue(count, only, worker ?? null, tokens, this.clock.us);
    expect(got.dispatches.map(({ lease, latenessMs, ...rest }) => rest)).toEqual(answer);
    if (answer.length === 0) expect(got.nextReadyInMs).toBe(this.model.nextReadyInMs(only, this.clock.us));
    // Each dispatch of a call has a microsecond of its own, which has passed when the call ends.
    this.clock.passUs(got.dispatches.length);
    for (const { queueId, jobId, lease } of got.dispatches) {
      this.#space(queueId, Number(lease));
      this.#tokens.set(`${queueId}:${jobId}`, [...(this.#tokens.get(`${queueId}:${jobId}`) ?? []), lease]);
    }
  }

  /** P3, apart from the model: with burst 1, dispatches are never closer than the interval in force at the second. */
  #space(queueId: string, atUs: number): void {
    const queue = this.model.queues.get(queueId);
    const before = this.#dispatchedUs.get(queueId) ?? Number.NEGATIVE_INFINITY;
    if (queue?.burst === 1) expect(atUs - before).toBeGreaterThanOrEqual(queue.intervalMs * 1000);
    this.#dispatchedUs.set(queueId, atUs);
  }

  #token({ queueId, jobId, token }: { queueId: string; jobId: string; token: string }): string | undefined {
    const known = this.#tokens.get(`${queueId}:${jobId}`) ?? [];
    if (token === "current") return known.at(-1);
    if (token === "first") return known[0];
    return token === "wrong" ? "1" : undefined;
  }

  /** P14: every accepted job is living, ended, or removed. */
  #conserve(): void {
    const { accepted, finished, dead, cancelled, removed, queues } = this.model;
    const living = [...queues.values()].reduce((sum, queue) => sum + queue.jobs.size, 0);
    expect(accepted).toBe(living + finished + dead + cancelled + removed);
  }

  #states(): Map<object, JobState> {
    const states = new Map<object, JobState>();
    for (const queue of this.model.queues.values()) {
      for (const job of queue.jobs.values()) states.set(job, livingState(job));
      for (const { job, state } of queue.ended.values()) states.set(job, state);
    }
    return states;
  }

  /** No job goes from one state to another but as docs/state-machine.md draws it. */
  #transit(before: ReadonlyMap<object, JobState>): void {
    for (const [job, state] of this.#states()) {
      const from = before.get(job);
      if (from !== undefined && from !== state) expect(TRANSITIONS[from]).toContain(state);
    }
  }
}

/** As docs/state-machine.md draws them; a job that is promoted and dispatched in one call goes on to be active. */
const TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  scheduled: ["queued", "active", "cancelled", "failed"],
  queued: ["active", "cancelled", "failed"],
  active: ["queued", "scheduled", "finished", "failed", "cancelled"],
  finished: [],
  failed: [],
  cancelled: [],
};

function livingState(job: { lease: unknown; available: boolean }): JobState {
  if (job.lease) return "active";
  return job.available ? "queued" : "scheduled";
}

function refOf({ queueId, jobId }: { queueId: string; jobId: string }): JobRef {
  return { queueType: "sms", queueId, jobId };
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
    fc.asyncProperty(fc.array(operation, { maxLength: 60, size: "max" }), async (operations) => {
      await redis.flushall();
      const run = new Run();
      for (const operation of operations) await run.step(operation);
    }),
    { numRuns: 200 },
  );
}, 180_000);
