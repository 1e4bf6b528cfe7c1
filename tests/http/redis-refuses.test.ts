import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createLog } from "../../src/observe/log.js";
import { connect, createConnection } from "../../src/redis/connect.js";
import { listen, realEngine } from "../support/http-server.js";
import { PrivateRedis } from "../support/private-redis.js";

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await PrivateRedis.start(["--requirepass", "right-secret", "--databases", "2"]);
});
afterAll(() => redis.stop());

/** What a server on this Redis answers to an enqueue, and what it logs. */
async function tryWith(credentials: { password: string; db: number }) {
  const lines: string[] = [];
  const log = createLog("debug", { write: (line) => void lines.push(line) });
  const endpoint = { path: redis.socket };
  const connection = createConnection({ endpoint, commandTimeoutMs: 1000, ...credentials }, log);
  await connect(connection);
  const { server, url, errors } = await listen(realEngine(connection));
  const body = JSON.stringify({ job_id: "j", interval: 0, payload: "private payload" });
  const { status } = await fetch(`${url}/enqueue/sms/1/`, { method: "POST", body });
  for (const error of errors) log.error({ err: error }, "as the server would log it");
  await server.close(0);
  connection.disconnect();
  return { status, log: lines.join("") };
}

test("P13 a wrong password is a 503, and no secret or payload gets to the log", async () => {
  const { status, log } = await tryWith({ password: "wrong-secret", db: 0 });
  expect(status).toBe(503);
  expect(log).toContain("WRONGPASS");
  expect(log).not.toMatch(/wrong-secret|private payload/);
});

test("a database that Redis does not have is a 503, and nothing is stored in another one", async () => {
  const { status, log } = await tryWith({ password: "right-secret", db: 7 });
  expect(status).toBe(503);
  expect(log).toContain("DB index is out of range");
  expect(await redis.connect({ password: "right-secret" }).dbsize()).toBe(0);
});
