import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { RedisAddress } from "../../src/redis/address.js";
import { connect, openConnection } from "../../src/redis/connect.js";
import type { Connection } from "../../src/redis/connection.js";
import { createReplicated } from "../../src/redis/replicated.js";
import { RedisCluster } from "../support/redis-cluster.js";
import { RedisProcess, until } from "../support/redis-process.js";
import { COUNT, count, LARGEST, untilServed } from "../support/scripts.js";

const TAG = "{tag}";
const WAIT_MS = 300;
const COMMAND_TIMEOUT_MS = 1500;
const log = pino({ level: "silent" });

const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.disconnect();
});

async function opened(connection: Connection): Promise<Connection> {
  connections.push(connection);
  await connect(connection);
  return connection;
}

describe("with a master and a replica", () => {
  let master: RedisProcess;
  let replica: RedisProcess;

  beforeAll(async () => {
    const settings = ['save ""', "repl-diskless-sync-delay 0"];
    master = await RedisProcess.start(settings);
    replica = await RedisProcess.start([...settings, `replicaof ${master.host} ${master.port}`]);
    await inTouch(master);
  });
  beforeEach(() => replica.resume());
  afterAll(() => Promise.all([master.stop(), replica.stop()]));

  const address = (): RedisAddress => ({ endpoint: master, db: 0, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  const plain = () => opened(openConnection(address(), log));
  const replicated = (replicas = 1) =>
    opened(createReplicated(address(), { count: replicas, timeoutMs: WAIT_MS }, log));

  test("P1 a script is answered when the replica holds what it wrote", async () => {
    const redis = await replicated();
    expect(await redis.eval(COUNT, 1, TAG, "held")).toBe(1);
    expect(await replica.redis.get(`${TAG}:held`)).toBe("1");
  });

  test("P1 a script that the replica does not confirm in time is a NOREPLICAS, and works when the replica is back", async () => {
    const redis = await replicated();
    replica.pause();
    const { error, tookMs } = await count(redis, TAG, "a");
    expect(error).toMatchObject({ name: "ReplyError", message: expect.stringMatching(/^NOREPLICAS 0 of 1 replicas/) });
    expect(tookMs).toBeGreaterThan(WAIT_MS - 5);
    expect(tookMs).toBeLessThan(2 * WAIT_MS);
    replica.resume();
    await untilServed(redis, TAG);
  });

  test("P1 a script that finds its work done by another connection waits for the replica as well", async () => {
    const [one, other] = await Promise.all([replicated(), replicated()]);
    await other.eval(COUNT, 1, TAG, "warm");
    replica.pause();
    expect((await count(one, TAG, "b")).error?.message).toMatch(/^NOREPLICAS/);
    await expect(other.eval("return redis.call('GET', KEYS[1] .. ':b')", 1, TAG)).rejects.toThrow("NOREPLICAS");
  });

  test("P13 a replica that hangs holds up no other connection, and each of many enqueues for two waits at the most", async () => {
    const [redis, other] = await Promise.all([replicated(), plain()]);
    replica.pause();
    const calls = Array.from({ length: 50 }, async (_, i) => {
      await sleep(i * 10);
      return count(redis, TAG, `many${i}`);
    });
    for (let i = 0; i < 20; i += 1) expect((await count(other, TAG, "plain")).tookMs).toBeLessThan(100);
    const ended = await Promise.all(calls);
    expect(ended.every(({ error }) => error?.message.startsWith("NOREPLICAS"))).toBe(true);
    expect(Math.max(...ended.map(({ tookMs }) => tookMs))).toBeLessThan(3 * WAIT_MS);
  });

  test("scripts that come together are confirmed together", async () => {
    const redis = await replicated();
    const waits = async () =>
      Number(/cmdstat_wait:calls=(\d+)/.exec(await master.redis.info("commandstats"))?.[1] ?? 0);
    const before = await waits();
    await Promise.all(Array.from({ length: 100 }, (_, i) => redis.eval(COUNT, 1, TAG, `together${i}`)));
    expect((await waits()) - before).toBe(1);
  });

  test("a script that Redis does not know, or that fails, is told as by any connection", async () => {
    const redis = await replicated();
    const sha1 = createHash("sha1").update("return 'unknown'").digest("hex");
    const errors = [redis.evalsha(sha1, 1, TAG), redis.eval("return redis.error_reply('WRONG it is')", 1, TAG)];
    await expect(errors[0]).rejects.toMatchObject({ name: "ReplyError", message: expect.stringMatching(/^NOSCRIPT/) });
    await expect(errors[1]).rejects.toMatchObject({
      name: "ReplyError",
      message: expect.stringMatching(/^WRONG it is/),
    });
    expect(await redis.eval("return 'unknown'", 1, TAG)).toBe("unknown");
    expect(await redis.evalsha(sha1, 1, TAG)).toBe("unknown");
  });

  test("more replicas than there are is a NOREPLICAS, and no master at all is an error at once", async () => {
    const redis = await replicated(2);
    expect((await count(redis, TAG, "c")).error?.message).toMatch(/^NOREPLICAS 1 of 2 replicas/);
    await master.kill();
    await until(async () => !(await count(redis, TAG, "d")).error?.message.startsWith("NOREPLICAS"));
    const { error, tookMs } = await count(redis, TAG, "d");
    expect(error).toBeDefined();
    expect(tookMs).toBeLessThan(100);
    await master.up();
    await inTouch(master);
  });

  test("P13 a master that hangs is an error in time", async () => {
    const redis = await replicated();
    master.pause();
    const { error, tookMs } = await count(redis, TAG, "e");
    master.resume();
    expect(error).toBeDefined();
    expect(tookMs).toBeLessThan(COMMAND_TIMEOUT_MS + 100);
  });
});

describe("with a Redis Cluster", () => {
  const tags = ["{tag1}", "{tag2}", "{tag3}"];
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterAll(() => cluster.stop());

  const replicated = () => {
    const address = { nodes: cluster.endpoints, commandTimeoutMs: COMMAND_TIMEOUT_MS };
    return opened(createReplicated(address, { count: 1, timeoutMs: WAIT_MS }, log));
  };

  test("P1 the replica that is waited for is that of the master that ran the script", async () => {
    const redis = await replicated();
    for (const tag of tags) expect(await redis.eval(COUNT, 1, tag, "a")).toBe(1);
    cluster.replicaOf(1).pause();
    const [first, second, third] = await Promise.all(tags.map((tag) => count(redis, tag, "b")));
    cluster.replicaOf(1).resume();
    expect([first?.error, third?.error]).toEqual([undefined, undefined]);
    expect(second?.error?.message).toMatch(/^NOREPLICAS 0 of 1 replicas/);
  });

  test("P1 a slot that has moved is followed, and its new master's replica holds what was written", async () => {
    const redis = await replicated();
    const tag = "{moving}";
    await redis.eval(COUNT, 1, tag, "a");
    const from = cluster.ownerOf(tag);
    const to = (from + 1) % 3;
    await cluster.beginMove(tag, cluster.master(from), cluster.master(to));
    expect((await count(redis, tag, "a")).error).toBeDefined();
    await cluster.endMove(tag, cluster.master(from), cluster.master(to));
    expect(await redis.eval(COUNT, 1, tag, "a")).toBe(2);
    const replica = cluster.replicaOf(to).redis.duplicate({ readOnly: true });
    expect(await replica.get(`${tag}:a`)).toBe("2");
    replica.disconnect();
  });

  test("P1 a failover loses nothing that was answered", async () => {
    const redis = await replicated();
    const answered: string[] = [];
    for (let i = 0; i < 200; i += 1) if (!(await count(redis, "{tag1}", `kept${i}`)).error) answered.push(`kept${i}`);
    await cluster.kill(0);
    const plain = await opened(openConnection({ nodes: cluster.endpoints, commandTimeoutMs: 1000 }, log));
    await untilServed(plain, "{tag1}");
    // Connections to the nodes that changed their parts may break once more; reading again does no harm.
    const kept = async (name: string) => (await plain.eval(LARGEST, 1, "{tag1}", name).catch(() => 0)) === 1;
    for (const name of answered) await until(() => kept(name));
    expect(answered).toHaveLength(200);
    await until(async () => /^NOREPLICAS/.test((await count(redis, "{tag1}", "alone")).error?.message ?? ""));
  });
});

/** Resolves when the replica has loaded and confirms what the master does. */
async function inTouch({ redis }: RedisProcess): Promise<void> {
  await until(async () => {
    await redis.set("probe", "1");
    return (await redis.wait(1, 50)) === 1;
  });
}
