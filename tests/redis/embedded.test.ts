import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { pino } from "pino";
import { lockDataDir } from "../../src/redis/data-dir-lock.js";
import { EmbeddedRedis, socketPath } from "../../src/redis/embedded.js";
import { findServer } from "../../src/redis/find-server.js";

let dataDir: string;
let embedded: EmbeddedRedis;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "sharq-embedded-"));
  embedded = create();
});
afterEach(async () => {
  await embedded.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function create(more: { serverCommand?: string; dataDir?: string } = {}): EmbeddedRedis {
  return new EmbeddedRedis({
    dataDir,
    appendfsync: "always",
    databases: 16,
    serverCommand: "",
    log: pino({ level: "silent" }),
    ...more,
  });
}

/** Runs some commands on the embedded Redis, waiting until it is there. */
async function ask<T>(exchange: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    path: socketPath(dataDir),
    protocol: 2,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  redis.on("error", () => undefined);
  try {
    return await exchange(redis);
  } finally {
    redis.disconnect();
  }
}

const pidOf = (redis: Redis) => redis.info("server").then((info) => Number(/process_id:(\d+)/.exec(info)?.[1]));

describe("embedded Redis", () => {
  test("keeps its data over an orderly stop, and gives the directory back", async () => {
    await embedded.start();
    await ask((redis) => redis.set("a", "1"));
    await embedded.stop();
    expect(existsSync(join(dataDir, "sharq-server.lock"))).toBe(false);
    await embedded.start();
    expect(await ask((redis) => redis.get("a"))).toBe("1");
  });

  test("is started again when it dies", async () => {
    await embedded.start();
    const pid = await ask(pidOf);
    await ask((redis) => redis.set("a", "1"));
    process.kill(pid, "SIGKILL");
    while ((await ask(pidOf)) === pid) await sleep(10);
    expect(await ask((redis) => redis.get("a"))).toBe("1");
  });

  test("refuses a directory that another server uses, and leaves that one alone", async () => {
    await embedded.start();
    const second = create();
    await expect(second.start()).rejects.toThrow(`is used by another sharq-server, process ${process.pid}`);
    await second.stop();
    expect(await ask((redis) => redis.ping())).toBe("PONG");
  });

  test("takes over the directory of a server that is gone, whatever its lock says", async () => {
    for (const left of ['{"pid":1,"started":"0"}', '{"pid":4194300,"started":"1"}', "", "rubbish"]) {
      writeFileSync(join(dataDir, "sharq-server.lock"), left);
      await embedded.start();
      await embedded.stop();
    }
  });

  test("ends a Redis that was left behind before it starts its own", async () => {
    const args = ["--port", "0", "--unixsocket", socketPath(dataDir), "--dir", dataDir, "--appendonly", "yes"];
    const orphan = spawn(findServer(""), args, { stdio: "ignore" });
    const gone = new Promise((done) => orphan.once("exit", done));
    await ask((redis) => redis.set("a", "orphan's"));
    await embedded.start();
    await gone;
    expect(await ask((redis) => redis.get("a"))).toBe("orphan's");
    expect(await ask(pidOf)).not.toBe(orphan.pid);
  });

  test("says why Redis ended when it can't start", async () => {
    embedded = create({ serverCommand: join(dataDir, "broken") });
    writeFileSync(join(dataDir, "broken"), "#!/bin/sh\necho no space left\nexit 3\n", { mode: 0o755 });
    await expect(embedded.start()).rejects.toThrow("ended at its start (3): no space left");
    expect(existsSync(join(dataDir, "sharq-server.lock"))).toBe(false);
  });

  test("names the packages to install when there is no Redis", () => {
    expect(() => findServer("no-such-redis")).toThrow(/no-such-redis was not found.*apt-get install redis-server/);
  });

  test("listens elsewhere when the directory's path is too long for a socket", () => {
    const long = `/${"d".repeat(120)}`;
    expect(socketPath(long).length).toBeLessThan(100);
    expect(socketPath(long)).not.toBe(socketPath(`${long}e`));
  });
});

test("of several that lock a directory at once, one gets it", () => {
  const release = lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow("is used by another");
  release();
  lockDataDir(dataDir)();
});
