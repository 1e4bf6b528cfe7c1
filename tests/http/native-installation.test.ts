import { expect, test } from "@jest/globals";
import { SharqError } from "../../src/engine/errors.js";
import { listen } from "../support/http-server.js";
import { useNative } from "../support/native-api.js";

const api = useNative();

test("GET /stats adds the types up, and tells of the process", async () => {
  await api.enqueue("1", "a");
  await api.enqueue("2", "b", { delay: 60_000 });
  await api.post("/types/mail/queues/1/jobs", { payload: 1 });
  await api.take();
  const { status, body } = await api.get("/stats");
  expect([status, body]).toEqual([
    200,
    {
      types: 2,
      queued: 1,
      scheduled: 1,
      active: 1,
      dead: 0,
      queues: 2,
      oldest_ms: expect.any(Number),
      enqueue_rate: expect.any(Number),
      dequeue_rate: expect.any(Number),
      uptime_ms: expect.any(Number),
      version: "1.2.3",
    },
  ]);
});

test("GET /stats of an empty installation is all zero", async () => {
  expect((await api.get("/stats")).body).toMatchObject({ types: 0, queued: 0, oldest_ms: null, enqueue_rate: 0 });
});

test("GET /healthz never asks Redis", async () => {
  const { url, server } = await listen({} as typeof api.engine);
  const answer = await fetch(`${url}/api/v1/healthz`);
  expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
  await server.close(0);
});

test("GET /readyz is 200 with Redis, and 503 without it", async () => {
  const { status, body } = await api.get("/readyz");
  expect([status, body]).toEqual([200, { status: "ok" }]);
  const unavailable = () => Promise.reject(new SharqError("unavailable", "Redis can't be reached"));
  const { url, server } = await listen(Object.create(api.engine, { checkRedis: { value: unavailable } }));
  const answer = await fetch(`${url}/api/v1/readyz`);
  expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toEqual([
    503,
    "1",
    { type: "/api/v1/docs#problem-unavailable", title: "Unavailable", status: 503, detail: "Redis can't be reached" },
  ]);
  await server.close(0);
});

test("GET /readyz is 503 as soon as the server is about to stop", async () => {
  api.listening.stopping.abort();
  const { status, body } = await api.get("/readyz");
  expect([status, body.detail]).toEqual([503, "The server is about to stop."]);
});
