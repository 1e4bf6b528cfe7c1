import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { channelOn } from "../support/channels.js";
import { listen, realEngine } from "../support/http-server.js";
import { PrivateRedis } from "../support/private-redis.js";

let redis: PrivateRedis;
let engine: Engine;
let listening: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  redis = await PrivateRedis.start();
});
beforeEach(async () => {
  await redis.connect().flushall();
  engine = realEngine(redis.connect(), channelOn(redis.connect()));
  listening = await listen(engine);
});
afterEach(() => listening.server.close(0));
afterAll(() => redis.stop());

/** A request for a job that waits for it; `leave` cuts its connection. */
function wait() {
  const sent = request(`${listening.url}/dequeue/sms/?wait=20000`, { agent: false });
  const answer = new Promise<{ status: number; body: unknown } | "cut">((done) => {
    sent.on("error", () => undefined);
    sent.on("close", () => done("cut"));
    sent.on("response", (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => done({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
  });
  sent.end();
  return { answer, leave: () => sent.destroy() };
}

async function noted(): Promise<void> {
  const connection = redis.connect();
  while ((await connection.exists("{test:sms}:waiting")) === 0) await sleep(1);
}

test("a client that cuts its connection while it waits takes no job with it", async () => {
  const gone = wait();
  await noted();
  gone.leave();
  expect(await gone.answer).toBe("cut");
  const staying = wait();
  await engine.enqueue({ queueType: "sms", queueId: "1", jobId: "a", payload: "1", intervalMs: 60_000 });
  expect(await staying.answer).toMatchObject({ status: 200, body: { job_id: "a", attempt: 1 } });
});

test("a server that stops answers who waits", async () => {
  const waiting = wait();
  await noted();
  engine.endWaiting();
  expect(await waiting.answer).toEqual({ status: 404, body: { status: "failure", next_ready_in: null } });
});
