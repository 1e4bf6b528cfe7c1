import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import calculateSlot from "cluster-key-slot";
import { pino } from "pino";
import { Engine } from "../../src/engine/engine.js";
import { createLog } from "../../src/observe/log.js";
import { createChannel } from "../../src/redis/channel.js";
import { ClusterConnection } from "../../src/redis/cluster.js";
import { connect } from "../../src/redis/connect.js";
import { RedisCluster } from "../support/redis-cluster.js";
import { until } from "../support/redis-process.js";
import { type Call, COUNT, count, load, mostRuns, untilServed } from "../support/scripts.js";

const COMMAND_TIMEOUT_MS = 1000;
/** Hash tags on slots of the first, the second and the third master. */
const TAGS = ["{tag1}", "{tag2}", "{tag3}"] as const;

let cluster: RedisCluster;
const connections: ClusterConnection[] = [];

beforeAll(async () => {
  cluster = await RedisCluster.start();
});
afterEach(() => {
  for (const connection of connections.splice(0)) connection.disconnect();
});
afterAll(() => cluster.stop());

async function open(nodes = cluster.endpoints, log = pino({ level: "silent" })): Promise<ClusterConnection> {
  const connection = new ClusterConnection({ nodes, commandTimeoutMs: COMMAND_TIMEOUT_MS }, log);
  connections.push(connection);
  await connect(connection);
  return connection;
}

const slowest = (calls: readonly Call[]) => Math.max(...calls.map(({ tookMs }) => tookMs));

test("a script runs on the master of its slot, whichever that is", async () => {
  const redis = await open();
  expect(TAGS.map((tag) => cluster.ownerOf(tag))).toEqual([0, 1, 2]);
  const sha1 = createHash("sha1").update(COUNT).digest("hex");
  for (const [i, tag] of TAGS.entries()) {
    await expect(redis.evalsha(sha1, 1, tag, "a")).rejects.toMatchObject({
      name: "ReplyError",
      message: expect.stringMatching(/^NOSCRIPT/),
    });
    expect(await redis.eval(COUNT, 1, tag, "a")).toBe(1);
    expect(await redis.evalsha(sha1, 1, tag, "a")).toBe(2);
    expect(await cluster.master(i).redis.get(`${tag}:a`)).toBe("2");
  }
});

test("the life of jobs in three partitions, one on each node, is listed, and followed from another server", async () => {
  const log = pino({ level: "silent" });
  const changes = createChannel(
    { nodes: cluster.endpoints, commandTimeoutMs: COMMAND_TIMEOUT_MS },
    "test:changes",
    "",
    log,
  );
  const presets = { leaseMs: 60_000, requeueLimit: -1, deadLetterRetentionMs: 60_000 };
  const one = new Engine({ redis: await open(), keyPrefix: "life", partitions: () => 3, ...presets });
  const other = new Engine({ redis: await open(), changes, keyPrefix: "life", partitions: () => 3, ...presets });
  const abort = new AbortController();
  try {
    const jobs = Array.from({ length: 30 }, (_, i) => ({
      queueType: "sms",
      queueId: `q${i}`,
      jobId: "j",
      payload: "1",
      tags: ["all", "{odd}"],
      retainMs: 60_000,
    }));
    await one.enqueueAll("sms", jobs);
    const [first] = jobs;
    if (!first) throw new Error("There is no job");
    const told: string[] = [];
    const events = await other.following.job(first, { afterLine: 0, signal: abort.signal });
    const reading = (async () => {
      for await (const event of events) told.push(event.kind === "state" ? event.job.state : event.kind);
    })();
    expect((await one.dequeue("sms", { count: 30 })).dispatches).toHaveLength(30);
    await one.jobs.log(first, [{ level: "info", message: "x" }]);
    for (const job of jobs) await one.jobs.fail(job, { final: true });
    await reading;
    expect(told.filter((event) => event !== "queued")).toEqual(["active", "log", "failed", "end"]);
    expect((await other.lists.jobs("sms", { tag: "{odd}" }, { limit: 50 })).items).toHaveLength(30);
    expect(await one.jobs.restartDead("sms", {})).toBe(30);
    expect(await other.queues.type("sms")).toMatchObject({ queued: 30, dead: 0, active: 0 });
  } finally {
    abort.abort();
    changes.close();
  }
}, 20_000);

describe("a slot that moves", () => {
  const tag = "{moving}";
  const from = () => cluster.master(cluster.ownerOf(tag));
  const to = () => cluster.master((cluster.ownerOf(tag) + 1) % 3);

  test("is refused while a part of its keys is on each node, and is served with all of them when it has arrived", async () => {
    const redis = await open();
    expect(await redis.eval(COUNT, 1, tag, "a")).toBe(1);
    await cluster.beginMove(tag, from(), to());
    const during = await count(redis, tag, "a");
    expect(during.error).toBeDefined();
    expect(during.tookMs).toBeLessThan(2000);
    expect(await to().redis.cluster("COUNTKEYSINSLOT", calculateSlot(tag))).toBe(0);
    await cluster.endMove(tag, from(), to());
    expect(await redis.eval(COUNT, 1, tag, "a")).toBe(2);
  });

  test("is found again by a connection that knew it elsewhere, and by one that is new", async () => {
    const known = await open();
    await known.eval(COUNT, 1, "{roaming}", "a");
    const old = cluster.master(cluster.ownerOf("{roaming}"));
    const owner = cluster.master((cluster.ownerOf("{roaming}") + 1) % 3);
    await cluster.beginMove("{roaming}", old, owner);
    await cluster.endMove("{roaming}", old, owner);
    expect(await known.eval(COUNT, 1, "{roaming}", "a")).toBe(2);
    expect(await (await open()).eval(COUNT, 1, "{roaming}", "a")).toBe(3);
  });
});

test("a script that ran before its connection broke, and its answer got lost, is not sent again", async () => {
  const redis = await open();
  const [tag] = TAGS;
  const { redis: keeper } = cluster.master(0);
  const killer = keeper.duplicate({ autoResendUnfulfilledCommands: false });
  await Promise.all([killer.ping(), count(redis, tag, "before")]);
  // While Redis is busy the script and the kill arrive, and are done in one go when it is free.
  const busy = keeper.eval("for i = 1, 1e8 do end", 0);
  await sleep(50);
  const lost = count(redis, tag, "lost");
  await sleep(50);
  await killer.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  killer.disconnect();
  expect((await lost).error?.message).toBe("Connection is closed.");
  await busy;
  await sleep(300);
  expect(await keeper.get(`${tag}:lost`)).toBe("1");
});

test.each([
  ["was killed", () => cluster.kill(0), () => cluster.revive(0)],
  ["hangs", async () => cluster.master(1).pause(), async () => cluster.master(1).resume()],
])(
  "P13 when a master %s under load, calls fail in time and then succeed again, and none runs twice",
  async (_, away, back) => {
    const redis = await open();
    const running = load(redis, TAGS);
    await running.until(100, ({ error }) => error === undefined);
    await away();
    await running.until(1, ({ error }) => error !== undefined);
    const failedAt = performance.now();
    await running.until(100, ({ error }) => error === undefined);
    const awayMs = performance.now() - failedAt;
    const calls = await running.stop();
    expect(awayMs).toBeLessThan(8000);
    expect(slowest(calls)).toBeLessThan(2000);
    expect(await mostRuns(redis, calls)).toBe(1);
    await back();
  },
);

test("P13 when all nodes are gone, calls fail at once, and succeed again when they are back", async () => {
  const redis = await open();
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  await until(async () => (await count(redis, TAGS[0], "probe")).error !== undefined);
  const calls = await Promise.all(TAGS.map((tag) => count(redis, tag, "a")));
  expect(slowest(calls)).toBeLessThan(100);
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  const startedAt = performance.now();
  const late = await open(cluster.endpoints, log);
  expect(performance.now() - startedAt).toBeLessThan(2500);
  expect((await count(late, TAGS[0], "a")).tookMs).toBeLessThan(100);
  await Promise.all(cluster.nodes.map((node) => node.up()));
  for (const tag of TAGS) await Promise.all([untilServed(redis, tag), untilServed(late, tag)]);
  const outages = lines.filter((line) => line.includes("the Redis Cluster"));
  expect(outages.map((line) => JSON.parse(line).msg)).toEqual([
    "the Redis Cluster can't be reached or does not serve; trying again until it does",
    "the Redis Cluster is back",
  ]);
});

test("P13 while start nodes accept and say nothing, a start takes no longer than two seconds, and calls fail at once", async () => {
  const [node] = cluster.nodes;
  if (!node) throw new Error("no node");
  node.pause();
  const startedAt = performance.now();
  const redis = await open([node]);
  expect(performance.now() - startedAt).toBeLessThan(2500);
  expect((await count(redis, TAGS[0], "a")).tookMs).toBeLessThan(100);
  node.resume();
  await untilServed(redis, TAGS[0]);
});
