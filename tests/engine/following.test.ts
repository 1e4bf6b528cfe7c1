import { afterEach, describe, expect, test } from "@jest/globals";
import type { Channel } from "../../src/engine/channel.js";
import type { Engine } from "../../src/engine/engine.js";
import type { InstallationEvent } from "../../src/engine/following/following.js";
import type { JobEvent } from "../../src/engine/following/job-feed.js";
import { channelOn } from "../support/channels.js";
import { engineOn, job } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";

const fixture = useEngine();
const open: { abort(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.abort();
});

/** An engine that hears changes, as every server does. */
function hearingEngine(): Engine {
  const { server, redis, clock } = fixture;
  return engineOn(redis, clock, { changes: channelOn(server.connect(), "test:changes") });
}

/** Reads events one by one. */
function reader<Event>(events: AsyncIterable<Event>) {
  const iterator = events[Symbol.asyncIterator]();
  return {
    async next(): Promise<Event | undefined> {
      const { value, done } = await iterator.next();
      return done ? undefined : value;
    },
    async some(count: number): Promise<Event[]> {
      const found: Event[] = [];
      for (
        let event = await this.next();
        event !== undefined;
        event = found.length < count ? await this.next() : undefined
      ) {
        found.push(event);
      }
      return found;
    },
    leave: () => iterator.return?.(),
  };
}

async function follow(engine: Engine, jobId: string, afterLine = 0) {
  const abort = new AbortController();
  open.push(abort);
  const events = await engine.following.job(job("1", jobId), { afterLine, signal: abort.signal });
  return { ...reader<JobEvent>(events), abort };
}

/** Reads to the first event of a kind, and that one, or to the end. */
async function readUntil<Event>(from: { next(): Promise<Event | undefined> }, last: (event: Event) => boolean) {
  const found: Event[] = [];
  for (let event = await from.next(); event !== undefined; event = await from.next()) {
    found.push(event);
    if (last(event)) break;
  }
  return found;
}

/** Events in few words. */
function short(event: JobEvent | undefined): unknown {
  if (event?.kind === "state") return event.job.state;
  if (event?.kind === "log") return `${event.line} ${event.entry.message}`;
  if (event?.kind === "end") return `end ${event.state}`;
  return event?.kind === "progress" ? event.progress : event;
}

describe("following a job", () => {
  test("its states, log and progress come in order, and the end is the last", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a", { delayMs: 100, requeueLimit: 1 }));
    const events = await follow(engine, "a");
    expect(short(await events.next())).toBe("scheduled");
    fixture.clock.passMs(200);
    await engine.dequeue("sms");
    await engine.jobs.log(job("1", "a"), [
      { level: "info", message: "one" },
      { level: "warn", message: "two" },
    ]);
    await engine.jobs.heartbeat(job("1", "a"), { progress: 0.25 });
    await engine.jobs.fail(job("1", "a"), { error: "broken" });
    fixture.clock.passMs(1);
    await engine.dequeue("sms");
    await engine.jobs.cancel(job("1", "a"));
    await engine.jobs.finish(job("1", "a"), { output: "42" });
    const found = await events.some(20);
    // It may be looked at once more at its due time.
    expect(found.map(short).filter((event, i) => i > 0 || event !== "queued")).toEqual([
      "active",
      "1 one",
      "2 two",
      0.25,
      "queued",
      "active",
      "active",
      "finished",
      "end finished",
    ]);
    expect(found.at(-2)).toMatchObject({ kind: "state", job: { output: "42", attempts: 2, state: "finished" } });
  });

  test("works across servers: what one does, the followers of another hear", async () => {
    const [here, there] = [hearingEngine(), hearingEngine()];
    await there.enqueue(job("1", "a"));
    const events = await follow(here, "a");
    expect(short(await events.next())).toBe("queued");
    await there.dequeue("sms");
    expect(short(await events.next())).toBe("active");
    await there.finish(job("1", "a"));
    expect((await events.some(5)).map(short)).toEqual(["finished", "end finished"]);
  });

  test("it is resumed behind the last line that was seen", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a"));
    const lines = Array.from({ length: 1200 }, (_, i) => ({ level: "info", message: `m${i + 1}` }));
    for (let at = 0; at < lines.length; at += 600) await engine.jobs.log(job("1", "a"), lines.slice(at, at + 600));
    const events = await follow(engine, "a", 1190);
    const found = await events.some(11);
    expect(found.map(short)).toEqual([
      "queued",
      ...lines.slice(1190).map(({ message }, i) => `${1191 + i} ${message}`),
    ]);
    await engine.jobs.log(job("1", "a"), [
      { level: "info", message: "x".repeat(8000) },
      { level: "info", message: "y".repeat(8000) },
    ]);
    expect((await events.some(2)).map(short)).toEqual([`1201 ${"x".repeat(8000)}`, `1202 ${"y".repeat(8000)}`]);
  });

  test("a job that has ended tells its end at once, and one that is not there can't be followed", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a", { retainMs: 1000 }));
    await engine.jobs.log(job("1", "a"), [{ level: "info", message: "one" }]);
    await engine.jobs.cancel(job("1", "a"));
    expect((await (await follow(engine, "a")).some(9)).map(short)).toEqual(["cancelled", "1 one", "end cancelled"]);
    await expect(follow(engine, "b")).rejects.toMatchObject({ code: "unknown_job" });
  });

  test("a job that is removed, or cleared away with its queue, ends without a state", async () => {
    const engine = hearingEngine();
    await engine.enqueueAll("sms", [job("1", "a"), job("1", "b")]);
    const [a, b] = [await follow(engine, "a"), await follow(engine, "b")];
    await engine.jobs.remove(job("1", "a"));
    await engine.clear(job("1", ""), { purge: true });
    expect((await a.some(9)).map(short)).toEqual(["queued", "end null"]);
    expect((await b.some(9)).map(short)).toEqual(["queued", "end null"]);
  });

  test("a reader that is too slow is told how much it missed, and then what is", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a"));
    await engine.dequeue("sms");
    const events = await follow(engine, "a");
    const other = await follow(engine, "a");
    const beats = 1500;
    for (let i = 1; i <= beats; i += 1) await engine.jobs.heartbeat(job("1", "a"), { progress: i / beats });
    // The one reads all there is, and by then the other has been told as well.
    await readUntil(other, ({ kind }) => kind === "missed");
    const found = await readUntil(events, ({ kind }) => kind === "missed");
    const told = found.filter(({ kind }) => kind === "progress").length;
    expect(told).toBeLessThanOrEqual(1000);
    expect(found.at(-1)).toEqual({ kind: "missed", changes: beats - told });
    expect(await events.next()).toMatchObject({ kind: "state", job: { progress: 1 } });
  });

  test("it ends when the follower goes, and when the server stops", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a"));
    const [left, stopped] = [await follow(engine, "a"), await follow(engine, "a")];
    await left.next();
    left.abort.abort();
    expect(await left.next()).toBeUndefined();
    await stopped.next();
    engine.endWaiting();
    expect(await stopped.next()).toBeUndefined();
    expect((await (await follow(engine, "a")).some(9)).map(short)).toEqual(["queued"]);
  });

  test("P10 nobody is told of anything unless somebody follows, and nothing is left when the last one has gone", async () => {
    const { redis, server, clock } = fixture;
    const heard: string[] = [];
    const listener = server.connect();
    listener.on("message", (_channel, message) => heard.push(message));
    await listener.subscribe("test:changes");
    const engine = hearingEngine();
    await engine.enqueueAll("sms", [job("1", "a"), job("1", "b")]);
    const events = await follow(engine, "a");
    await events.next();
    await events.leave();
    clock.passMs(60_001);
    clock.passMs(1);
    await engine.dequeue("sms", { count: 2 });
    await engine.finishAll("sms", [job("1", "a"), job("1", "b")]);
    const end = new Promise((done) => listener.on("message", (_channel, message) => message === "[]" && done(null)));
    await redis.publish("test:changes", "[]");
    await end;
    expect(heard).toEqual(["[]"]);
    const lifetimes = await Promise.all(["{test:sms}:type", "{test:sms}:followed"].map((key) => redis.pttl(key)));
    expect(Math.min(...lifetimes)).toBeGreaterThan(0);
  });
});

describe("what may go wrong while a job is followed", () => {
  test("P13 messages that are none, or of a kind that is not known, are passed over", async () => {
    const { redis } = fixture;
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a"));
    const events = await follow(engine, "a");
    await events.next();
    const strange = [
      "",
      "[]",
      "null",
      '["{test:sms}",[null]]',
      '["{test:sms}",[["1","a","exploded",1]]]',
      '["{test:sms}",[["1","a","log",1,5]]]',
    ];
    for (const message of strange) await redis.publish("test:changes", message);
    await engine.dequeue("sms");
    expect(short(await events.next())).toBe("active");
  });

  test("a reader that is slow with large outputs holds a bounded number of bytes", async () => {
    const engine = hearingEngine();
    await engine.enqueue({ ...job("1", "a"), payload: JSON.stringify("p".repeat(500_000)) });
    const events = await follow(engine, "a");
    await events.next();
    const output = JSON.stringify("o".repeat(200_000));
    for (let i = 0; i < 20; i += 1) {
      fixture.clock.passMs(1);
      await engine.dequeue("sms");
      await engine.jobs.heartbeat(job("1", "a"), { output });
      await engine.jobs.fail(job("1", "a"), {});
    }
    const found = await readUntil(events, ({ kind }) => kind === "missed");
    expect(found.length).toBeLessThan(10);
    const outputs = found.map((event) => (event.kind === "state" ? (event.job.output?.length ?? 0) : 0));
    expect(outputs.reduce((sum, length) => sum + length, 0)).toBeLessThan(1_500_000);
  });

  test("who saw more lines than the log of a new job of that id has gets all of its lines", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a"));
    const events = await follow(engine, "a", 50);
    expect(short(await events.next())).toBe("queued");
    await engine.jobs.log(job("1", "a"), [{ level: "info", message: "one" }]);
    expect(short(await events.next())).toBe("1 one");
  });

  test("when Redis has forgotten that a job is followed, the subscription's return brings its followers up to date", async () => {
    const { redis, server, clock } = fixture;
    let connected: () => void = () => undefined;
    const channel = channelOn(server.connect(), "test:changes");
    const changes: Channel = {
      name: channel.name,
      subscribe: (listener) => {
        connected = listener.onConnect;
        channel.subscribe(listener);
      },
    };
    const engine = engineOn(redis, clock, { changes });
    await engine.enqueue(job("1", "a", { retainMs: 1000 }));
    const events = await follow(engine, "a");
    await events.next();
    await redis.del("{test:sms}:type", "{test:sms}:followed");
    await engine.dequeue("sms");
    connected();
    expect(short(await events.next())).toBe("active");
    await engine.finish(job("1", "a"));
    expect((await events.some(5)).map(short)).toEqual(["finished", "end finished"]);
  });

  test("P10 of jobs that are followed no longer, or never were there, nothing is left while others are followed", async () => {
    const { redis } = fixture;
    const engine = hearingEngine();
    await engine.enqueueAll("sms", [job("1", "a"), job("1", "z")]);
    const events = await follow(engine, "a");
    await follow(engine, "z");
    await expect(follow(engine, "none")).rejects.toMatchObject({ code: "unknown_job" });
    await engine.jobs.remove(job("1", "a"));
    expect((await events.some(5)).map(short)).toEqual(["queued", "end null"]);
    expect(await redis.zrange("{test:sms}:followed", "0", "-1")).toEqual(["1:z"]);
  });
});

describe("following the installation", () => {
  async function followAll(engine: Engine, queueType?: string) {
    const abort = new AbortController();
    open.push(abort);
    return reader<InstallationEvent>(await engine.following.installation({ queueType, signal: abort.signal }));
  }

  test("changes of all types come, with totals each second", async () => {
    const engine = hearingEngine();
    await engine.enqueue(job("1", "a"));
    const events = await followAll(engine);
    expect(await events.next()).toMatchObject({ kind: "totals", types: [{ queueType: "sms", queued: 1 }] });
    await engine.enqueue(job("2", "b", { delayMs: 1000 }));
    await engine.dequeue("sms");
    await engine.finish(job("1", "a"));
    const found = await readUntil(events, (event) => event.kind === "state" && event.state === "finished");
    const states = found.flatMap((event) =>
      event.kind === "state" ? `${event.queueId}:${event.jobId} ${event.state}` : [],
    );
    expect(states).toEqual(["2:b scheduled", "1:a active", "1:a finished"]);
  });

  test("changes of another type are left out, and a type that is new is heard of", async () => {
    const engine = hearingEngine();
    const [mail, all] = [await followAll(engine, "mail"), await followAll(engine)];
    await mail.next();
    await all.next();
    await engine.enqueue(job("1", "a"));
    await engine.enqueue({ ...job("1", "m"), queueType: "mail" });
    const heard = await readUntil(mail, ({ kind }) => kind === "state");
    expect(heard.at(-1)).toMatchObject({ queueType: "mail", jobId: "m", state: "queued" });
    await readUntil(all, (event) => event.kind === "totals" && event.types.length === 2);
    await engine.dequeue("sms");
    const changes = await readUntil(all, (event) => event.kind === "state" && event.queueType === "sms");
    expect(changes.at(-1)).toMatchObject({ jobId: "a", state: "active" });
  });
});
