import { EventEmitter, once } from "node:events";
import { afterEach, expect, test } from "@jest/globals";
import { createLog } from "../../src/observe/log.js";
import type { ClusterAddress, SingleAddress } from "../../src/redis/address.js";
import { createChannel, type RedisChannel } from "../../src/redis/channel.js";
import { RedisCluster } from "../support/redis-cluster.js";
import { RedisProcess, until } from "../support/redis-process.js";

const CHANNEL = "test:wake";

const channels: RedisChannel[] = [];
const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const channel of channels.splice(0)) channel.close();
  for (const server of servers.splice(0)) await server.stop();
});

/** What is to be stopped after the test. */
function used<T extends { stop(): Promise<void> }>(server: T): T {
  servers.push(server);
  return server;
}

type Where = Pick<SingleAddress, "endpoint" | "db"> | Pick<ClusterAddress, "nodes">;

/** A channel, what it hears, and what it logs. */
function listenOn(where: Where, credentials: { username?: string; password?: string } = {}) {
  const lines: string[] = [];
  const log = createLog("debug", { write: (line) => void lines.push(line) });
  const address = { ...where, ...credentials, commandTimeoutMs: 1000 };
  const channel = createChannel(address, CHANNEL, "nobody hears", log);
  channels.push(channel);
  const heard = new EventEmitter();
  const start = () =>
    channel.subscribe({
      onMessage: (message) => heard.emit("message", message),
      onConnect: () => heard.emit("connect"),
    });
  return { channel, heard, start, lines };
}

const single = ({ host, port }: RedisProcess) => ({ endpoint: { host, port }, db: 0 });
const subscribers = async ({ redis }: RedisProcess) =>
  Number(((await redis.pubsub("NUMSUB", CHANNEL)) as unknown[])[1]);

test("nothing is connected before somebody listens, and nothing is after the end", async () => {
  const server = used(await RedisProcess.start(['save ""']));
  const { channel, heard, start } = listenOn(single(server));
  expect(channel.name).toBe(CHANNEL);
  const clients = async () => Number(/connected_clients:(\d+)/.exec(await server.redis.info("clients"))?.[1]);
  expect(await clients()).toBe(1);
  start();
  await once(heard, "connect");
  expect(await clients()).toBe(2);
  channel.close();
  await until(async () => (await clients()) === 1);
});

test("messages arrive, also after Redis was started again, of which the listener is told", async () => {
  const server = used(await RedisProcess.start(['save ""']));
  const { heard, start, lines } = listenOn(single(server));
  for (let round = 0; round < 2; round += 1) {
    const connected = once(heard, "connect");
    if (round === 0) start();
    else await server.kill().then(() => server.up());
    await connected;
    const message = once(heard, "message");
    await server.redis.publish(CHANNEL, `round ${round}`);
    expect(await message).toEqual([`round ${round}`]);
  }
  expect(lines.filter((line) => line.includes("can't be subscribed to")).length).toBeLessThanOrEqual(1);
});

test("a subscription that is refused is tried again and logged once, and the secret is not", async () => {
  const server = used(await RedisProcess.start(['save ""']));
  await server.redis.call("ACL", "SETUSER", "poor", "on", ">right-secret", "+@all", "resetchannels");
  const { heard, start, lines } = listenOn(single(server), { username: "poor", password: "right-secret" });
  start();
  const refused = /cmdstat_subscribe:.*rejected_calls=([3-9])/;
  await until(async () => refused.test(await server.redis.info("commandstats")));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("NOPERM");
  const connected = once(heard, "connect");
  await server.redis.call("ACL", "SETUSER", "poor", `&${CHANNEL}`);
  await connected;
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain("right-secret");
});

test("of a Redis Cluster any node serves, and what is published on another one arrives", async () => {
  const cluster = used(await RedisCluster.start());
  const { heard, start } = listenOn({ nodes: cluster.endpoints });
  const connected = once(heard, "connect");
  start();
  await connected;
  const message = once(heard, "message");
  await cluster.master(2).redis.eval("redis.call('PUBLISH', ARGV[1], ARGV[2])", 1, "{tag3}", CHANNEL, "hello");
  expect(await message).toEqual(["hello"]);
  const again = once(heard, "connect");
  await cluster.kill(0);
  await again;
  const counts = await Promise.all(cluster.nodes.slice(1).map(subscribers));
  expect(counts.filter((count) => count === 1)).toHaveLength(1);
});
