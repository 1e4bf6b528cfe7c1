import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { connect, createConnection } from "../../src/redis/connect.js";
import { listen, realEngine } from "../support/http-server.js";
import { PrivateRedis } from "../support/private-redis.js";

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await PrivateRedis.start(["--appendonly", "yes"]);
});
afterAll(() => redis.stop());

/** A server on the private Redis, with the connection that the product uses. */
async function serve() {
  const endpoint = { path: redis.socket };
  const connection = createConnection({ endpoint, db: 0, commandTimeoutMs: 1000 }, pino({ level: "silent" }));
  await connect(connection);
  const listening = await listen(realEngine(connection));
  const close = async () => {
    await listening.server.close(0);
    connection.disconnect();
  };
  return { ...listening, close };
}

const JOB = "queues/1/jobs/j";
/** Of the native API, what follows `/api/v1/types/sms`. */
const NATIVE: [method: string, path: string, body?: string][] = [
  ["GET", ""],
  ["PATCH", "", '{"burst":2}'],
  ["GET", "/queues"],
  ["GET", "/queues/1"],
  ["PATCH", "/queues/1", '{"burst":2}'],
  ["POST", "/queues/1/penalty", '{"for":1}'],
  ["DELETE", "/queues/1"],
  ["POST", "/queues/1/jobs", '{"payload":1}'],
  ["POST", "/jobs", '[{"queue_id":"1","payload":1}]'],
  ["GET", "/jobs"],
  ["POST", "/dequeue"],
  ["POST", "/finish", '[{"queue_id":"1","job_id":"j"}]'],
  ["POST", "/dead/restart"],
  ["GET", `/${JOB}`],
  ["DELETE", `/${JOB}`],
  ...["claim", "heartbeat", "finish", "fail", "release", "cancel", "restart"].map((action): [string, string] => [
    "POST",
    `/${JOB}/${action}`,
  ]),
  ["GET", `/${JOB}/logs`],
  ["POST", `/${JOB}/logs`, '{"message":"x"}'],
  ["GET", `/${JOB}/events`],
];

/** Asks every route that needs Redis; returns the answers and how long the slowest took, ms. */
async function askAll(url: string) {
  const startedAt = performance.now();
  const body = JSON.stringify({ job_id: "j", interval: 0, payload: 1 });
  const answers = await Promise.all([
    fetch(`${url}/enqueue/sms/1/`, { method: "POST", body }),
    fetch(`${url}/dequeue/sms/`),
    fetch(`${url}/finish/sms/1/j/`, { method: "POST" }),
    fetch(`${url}/interval/sms/1/`, { method: "POST", body: '{"interval":1}' }),
    fetch(`${url}/metrics/`),
    fetch(`${url}/metrics/sms/`),
    fetch(`${url}/metrics/sms/1/`),
    fetch(`${url}/deletequeue/sms/1/`, { method: "DELETE" }),
    fetch(`${url}/deepstatus/`),
    fetch(`${url}/api/v1/types`),
    fetch(`${url}/api/v1/stats`),
    fetch(`${url}/api/v1/readyz`),
    ...NATIVE.map(([method, path, sent]) =>
      fetch(`${url}/api/v1/types/sms${path}`, { method, ...(sent === undefined ? {} : { body: sent }) }),
    ),
  ]);
  return { answers, tookMs: performance.now() - startedAt };
}

async function untilServed(url: string): Promise<void> {
  while ((await fetch(`${url}/deepstatus/`)).status !== 200) await new Promise((done) => setTimeout(done, 20));
}

test.each([
  ["was killed", () => redis.down("SIGKILL"), () => redis.up()],
  ["hangs", async () => process.kill(redis.pid, "SIGSTOP"), async () => process.kill(redis.pid, "SIGCONT")],
])(
  "P13 when Redis %s, every route is a 503 with Retry-After within 2 s, and service resumes by itself",
  async (_, away, back) => {
    const { url, close } = await serve();
    await untilServed(url);
    await away();
    const { answers, tookMs } = await askAll(url);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    expect(answers.map(({ headers }) => headers.get("retry-after"))).toEqual(answers.map(() => "1"));
    expect(tookMs).toBeLessThan(2000);
    expect(await answers[0]?.json()).toEqual({
      status: "failure",
      message: "Redis can't be reached or can't serve now",
    });
    await back();
    await untilServed(url);
    await close();
  },
);

test("P13 a server that starts while Redis is away serves as soon as it is there", async () => {
  await redis.down();
  const { url, close } = await serve();
  expect((await fetch(`${url}/dequeue/sms/`)).status).toBe(503);
  expect((await fetch(url)).status).toBe(200);
  await redis.up();
  await untilServed(url);
  await close();
});
