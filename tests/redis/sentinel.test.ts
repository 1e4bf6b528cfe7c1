import { EventEmitter, once } from "node:events";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { HostPort } from "../../src/redis/address.js";
import { createChannel } from "../../src/redis/channel.js";
import { connect, openConnection } from "../../src/redis/connect.js";
import type { Connection } from "../../src/redis/connection.js";
import { MASTER_NAME, RedisSentinel } from "../support/redis-sentinel.js";
import { COUNT, count, load, mostRuns, untilServed } from "../support/scripts.js";

const TAG = "{tag}";

let installation: RedisSentinel;
const connections: Connection[] = [];

beforeAll(async () => {
  installation = await RedisSentinel.start();
});
afterEach(() => {
  for (const connection of connections.splice(0)) connection.disconnect();
});
afterAll(() => installation.stop());

const log = pino({ level: "silent" });
const address = (sentinels: readonly HostPort[] = installation.endpoints) => ({
  endpoint: { sentinels, name: MASTER_NAME },
  db: 1,
  commandTimeoutMs: 1000,
});

async function open(sentinels?: readonly HostPort[]): Promise<Connection> {
  const connection = openConnection(address(sentinels), log);
  connections.push(connection);
  await connect(connection);
  return connection;
}

test("scripts run on the master that the Sentinels name, in the database asked for", async () => {
  const redis = await open();
  expect(await redis.eval(COUNT, 1, TAG, "a")).toBe(1);
  const master = await installation.master();
  expect(await master.redis.info("keyspace")).toContain("db1:keys=1");
});

test("P13 when the master is killed under load, calls fail at once and then succeed again, and none runs twice", async () => {
  const redis = await open();
  const running = load(redis, [TAG]);
  await running.until(50, ({ error }) => error === undefined);
  const old = await installation.master();
  await old.kill();
  await running.until(1, ({ error }) => error !== undefined);
  const failedAt = performance.now();
  await running.until(50, ({ error }) => error === undefined);
  expect(performance.now() - failedAt).toBeLessThan(8000);
  const calls = await running.stop();
  expect(Math.max(...calls.map(({ tookMs }) => tookMs))).toBeLessThan(1100);
  expect(await mostRuns(redis, calls)).toBe(1);
  expect((await installation.master()).port).not.toBe(old.port);
  await old.up();
});

test("a wake channel follows the master as well", async () => {
  const channel = createChannel(address(), "test:wake", "nobody hears", log);
  const heard = new EventEmitter();
  const begun = once(heard, "connect");
  channel.subscribe({
    onConnect: () => heard.emit("connect"),
    onMessage: (message) => heard.emit("message", message),
  });
  await begun;
  const old = await installation.master();
  const again = once(heard, "connect");
  await old.kill();
  await again;
  const message = once(heard, "message");
  await (await installation.master()).redis.publish("test:wake", "hello");
  expect(await message).toEqual(["hello"]);
  channel.close();
  await old.up();
});

test("a Sentinel that is away or hangs keeps nobody from finding the master", async () => {
  const [away, hanging, good] = installation.endpoints;
  if (!away || !hanging || !good) throw new Error("There are too few Sentinels");
  installation.sentinel(1).pause();
  const redis = await open([{ host: away.host, port: 1 }, hanging, good]);
  await untilServed(redis, TAG);
  installation.sentinel(1).resume();
});

test("P13 a server that starts while the Sentinels are away starts, fails calls at once, and serves when they are back", async () => {
  const sentinels = installation.endpoints.map((_, i) => installation.sentinel(i));
  await Promise.all(sentinels.map((sentinel) => sentinel.kill()));
  const startedAt = performance.now();
  const redis = await open();
  expect(performance.now() - startedAt).toBeLessThan(2500);
  const { error, tookMs } = await count(redis, TAG, "a");
  expect(error).toBeDefined();
  expect(tookMs).toBeLessThan(100);
  await Promise.all(sentinels.map((sentinel) => sentinel.up(["--sentinel"])));
  await untilServed(redis, TAG);
});
