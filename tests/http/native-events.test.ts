import { describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import type { JobEvent } from "../../src/engine/following/job-feed.js";
import { listen } from "../support/http-server.js";
import { type Body, jobPath, useNative } from "../support/native-api.js";

const api = useNative();

interface Told {
  id: string | undefined;
  event: string;
  data: Body;
}

/** A stream of events being read; `until` returns those that came until one fits, with it. */
async function follow(path: string, headers: Record<string, string> = {}, url = api.listening.url) {
  const leaving = new AbortController();
  const answer = await fetch(`${url}/api/v1${path}`, { headers, signal: leaving.signal });
  const events = answer.body ? eventsIn(answer.body) : undefined;
  const until = async (fits: (event: Told) => boolean) => {
    const told: Told[] = [];
    for (;;) {
      const { value, done } = (await events?.next()) ?? { value: undefined, done: true };
      if (value) told.push(value);
      if (done || !value || fits(value)) return told;
    }
  };
  return { answer, until, toEnd: () => until(() => false), leave: () => leaving.abort() };
}

async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<Told, undefined> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const parts = (text + decoder.decode(chunk, { stream: true })).split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) if (!part.startsWith(":")) yield read(part);
  }
  return undefined;
}

function read(part: string): Told {
  const lines = part.split("\n").map((line) => line.split(/: (.*)/s));
  const fieldOf = (name: string) => lines.find(([field]) => field === name)?.[1];
  const data = lines.filter(([field]) => field === "data").map(([, value]) => value);
  return { id: fieldOf("id"), event: fieldOf("event") ?? "", data: JSON.parse(data.join("\n")) };
}

const kinds = (told: Told[]) => told.map(({ event }) => event);
const is = (kind: string, state?: string) => (told: Told) =>
  told.event === kind && (state === undefined || told.data.state === state);

describe("GET .../jobs/{job}/events", () => {
  test("tells the state now and at every change, what is logged, progress, and then the end", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    const { answer, until, toEnd } = await follow(`${path}/events`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const { payload, ...shown } = (await api.get(path)).body;
    expect(await until(is("state"))).toEqual([{ id: "0", event: "state", data: shown }]);
    await api.take();
    expect((await until(is("state", "active"))).at(-1)?.data).toMatchObject({ attempts: 1 });
    await api.post(`${path}/logs`, { at: 5, level: "warn", message: "hello" });
    expect((await until(is("log"))).at(-1)).toEqual({
      id: "1",
      event: "log",
      data: { line: 1, at: 5, level: "warn", message: "hello" },
    });
    await api.post(`${path}/heartbeat`, { progress: 0.5 });
    expect((await until(is("progress"))).at(-1)?.data).toEqual({ progress: 0.5 });
    await api.post(`${path}/finish`, '{"output":[\n1 ]}');
    const rest = await toEnd();
    expect(rest.at(-1)).toEqual({ id: "1", event: "end", data: { state: "finished" } });
    expect(rest.find(is("state", "finished"))?.data.output).toEqual([1]);
  });

  test("of a job that has ended, tells the state, the log and the end", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    await api.post(`${path}/logs`, [{ message: "one" }, { message: "two" }]);
    await api.post(`${path}/cancel`);
    const told = await (await follow(`${path}/events`)).toEnd();
    expect(kinds(told)).toEqual(["state", "log", "log", "end"]);
    expect(told.at(-1)?.data).toEqual({ state: "cancelled" });
  });

  test("Last-Event-ID resumes after the lines that were received", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    await api.post(`${path}/logs`, [{ message: "one" }, { message: "two" }, { message: "three" }]);
    await api.post(`${path}/cancel`);
    const told = await (await follow(`${path}/events`, { "Last-Event-ID": "2" })).toEnd();
    expect(told.filter(is("log")).map(({ data }) => data.message)).toEqual(["three"]);
    expect(told[0]?.id).toBe("2");
  });

  test.each(["x", "-1", "1.5", "9007199254740992"])("P13 Last-Event-ID: %s is refused", async (id) => {
    const path = await api.enqueue("1", "a");
    const { status, body } = await api.send("GET", `${path}/events`, undefined, { "Last-Event-ID": id });
    expect([status, body.errors[0].path]).toEqual([400, "/header/last-event-id"]);
  });

  test("404 when there is no such job, whatever is accepted", async () => {
    const { status, type } = await api.send("GET", `${jobPath("1", "none")}/events`, undefined, {
      Accept: "text/plain",
    });
    expect([status, type]).toEqual([404, "application/problem+json"]);
  });

  test("a job that is removed ends the stream", async () => {
    const path = await api.enqueue("1", "a");
    const { until, toEnd } = await follow(`${path}/events`);
    await until(is("state"));
    await api.remove(path);
    expect((await toEnd()).at(-1)).toMatchObject({ event: "end", data: { state: null } });
  });

  test("ends when the server stops", async () => {
    const path = await api.enqueue("1", "a");
    const { until, toEnd } = await follow(`${path}/events`);
    await until(is("state"));
    api.listening.stopping.abort();
    expect(await toEnd()).toEqual([]);
  });
});

describe("GET /events", () => {
  test("tells totals every second, and every change of a state", async () => {
    // A type that is new is heard of with the next totals.
    await api.enqueue("1", "first");
    const { answer, until, leave } = await follow("/events");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    await until(is("totals"));
    await api.enqueue("1", "a");
    expect((await until(is("state"))).at(-1)?.data).toEqual({
      queue_type: "sms",
      queue_id: "1",
      job_id: "a",
      state: "queued",
      at: expect.any(Number),
    });
    expect((await until(is("totals"))).at(-1)?.data.types).toMatchObject([{ queue_type: "sms", queued: 2 }]);
    leave();
  });

  test("?type= leaves the others out", async () => {
    const { until, leave } = await follow("/events?type=mail");
    await until(is("totals"));
    await api.enqueue("1", "a");
    await api.post("/types/mail/queues/1/jobs", { job_id: "b", payload: 1 });
    const told = await until(is("state"));
    expect(told.filter(is("state")).map(({ data }) => data.job_id)).toEqual(["b"]);
    leave();
  });

  test("P13 refuses other parameters", async () => {
    expect((await api.get("/events?types=mail")).status).toBe(400);
    expect((await api.get("/events?type=a.b")).status).toBe(400);
  });
});

describe("a stream of events", () => {
  const JOB = { kind: "progress", progress: 0.5 } as const;

  /** Serves a job's events from an iterable, in place of an engine. */
  const serve = (events: (signal: AbortSignal) => AsyncIterable<JobEvent>) =>
    listen({
      following: { job: async (_: unknown, { signal }: { signal: AbortSignal }) => events(signal) },
    } as unknown as Engine);

  test("tells the engine when the client goes away", async () => {
    let gone = () => {};
    const told = new Promise<void>((done) => {
      gone = done;
    });
    const { url, server, errors } = await serve(async function* (signal) {
      yield JOB;
      await new Promise<void>((done) => signal.addEventListener("abort", () => done()));
      gone();
    });
    const { until, leave } = await follow(`${jobPath("1", "a")}/events`, {}, url);
    await until(is("progress"));
    leave();
    await told;
    await server.close(0);
    expect(errors).toEqual([]);
  });

  test("takes no more events than the client reads", async () => {
    let given = 0;
    const { url, server } = await serve(async function* (signal) {
      while (!signal.aborted) {
        given += 1;
        yield { kind: "log", line: given, entry: { atMs: 0, level: "info", message: "x".repeat(8000) } };
      }
    });
    const { leave } = await follow(`${jobPath("1", "a")}/events`, {}, url);
    let before = -1;
    for (; before !== given; await new Promise((done) => setTimeout(done, 200))) before = given;
    expect(given).toBeGreaterThan(1);
    leave();
    await server.close(0);
  });

  test("is cut when its events fail, and the fault is reported", async () => {
    const { url, server, errors } = await serve(async function* () {
      yield JOB;
      throw new Error("broken");
    });
    const { toEnd } = await follow(`${jobPath("1", "a")}/events`, {}, url);
    await expect(toEnd()).rejects.toThrow();
    expect(errors).toEqual([new Error("broken")]);
    await server.close(0);
  });
});
