import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { Installation } from "../support/command.js";
import { PrivateRedis } from "../support/private-redis.js";

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(() => installation.remove());

function enqueue(url: string, queue: string, id: string, more: object = {}): Promise<Response> {
  const body = JSON.stringify({ job_id: id, interval: 0, payload: id, ...more });
  return fetch(`${url}/enqueue/sms/${queue}/`, { method: "POST", body });
}

/** Takes and finishes jobs until none comes; returns their ids. */
async function work(url: string): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const answer = await fetch(`${url}/dequeue/sms/`);
    if (answer.status === 404) return done;
    const { queue_id, job_id } = await answer.json();
    await fetch(`${url}/finish/sms/${queue_id}/${job_id}/`, { method: "POST" });
    done.push(job_id);
  }
}

/** Whether nothing listens on the embedded Redis's socket any more, waiting for a while. */
async function redisGone(): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1, await sleep(50)) {
    const redis = new Redis({ path: installation.socket, protocol: 2, retryStrategy: () => null, lazyConnect: true });
    redis.on("error", () => undefined);
    const there = await redis.connect().then(
      () => true,
      () => false,
    );
    redis.disconnect();
    if (!there) return true;
  }
  return false;
}

describe("a serving sharq-server", () => {
  test("prints a banner with version and address on stdout, and only that", async () => {
    const server = installation.start();
    const url = await server.url();
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(server.stdout).toContain(`Version: ${version}\n`);
    expect(server.stdout.split("\n").filter((line) => line.startsWith("{"))).toEqual([]);
    expect((await fetch(url)).status).toBe(200);
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s ends it with 0, and its Redis with it, with nothing lost",
    async (signal) => {
      const server = installation.start();
      await enqueue(await server.url(), "1", "a");
      expect((await server.end(signal)).code).toBe(0);
      expect(existsSync(installation.socket)).toBe(false);
      expect(await work(await installation.start().url())).toEqual(["a"]);
    },
  );

  test("P1 kill -9 in the middle of 1 000 jobs loses none, and leaves no Redis behind", async () => {
    const first = installation.start();
    const url = await first.url();
    const accepted: string[] = [];
    const produceAndTake = async (id: string, queue: string) => {
      if ((await enqueue(url, queue, id, { expire: 100 })).status !== 201) return;
      accepted.push(id);
      if (accepted.length === 500) first.child.kill("SIGKILL");
      await fetch(`${url}/dequeue/sms/`);
    };
    await Promise.allSettled(Array.from({ length: 1000 }, (_, i) => produceAndTake(`j${i}`, `q${i % 10}`)));
    await first.ended;
    expect(await redisGone()).toBe(true);
    expect(accepted.length).toBeGreaterThanOrEqual(500);

    const second = await installation.start({ SHARQ_JOB_REQUEUE_INTERVAL: "20" }).url();
    const queues = async () => (await (await fetch(`${second}/metrics/sms/`)).json()).queue_ids;
    const done: string[] = [];
    while ((await queues()).length > 0) done.push(...(await work(second)));
    expect(accepted.filter((id) => !done.includes(id))).toEqual([]);
  });

  test("a data directory in use is refused, with who uses it", async () => {
    const first = installation.start();
    await first.url();
    const { code, stderr } = await installation.start().ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`is used by another sharq-server, process ${first.child.pid}`),
    ]);
  });

  test("a port in use ends it with 1 and its Redis with it", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => blocker.once("listening", done));
    const { port } = blocker.address() as { port: number };
    const { code, stderr } = await installation.start({ SHARQ_SERVER_PORT: String(port) }).ended;
    blocker.close();
    expect([code, stderr]).toEqual([1, expect.stringContaining("EADDRINUSE")]);
    expect(existsSync(installation.socket)).toBe(false);
  });

  test("writes an access log when asked to", async () => {
    const file = join(installation.directory, "access.log");
    const url = await installation.start({ SHARQ_SERVER_ACCESSLOG: file }).url();
    await fetch(`${url}/metrics/`);
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await sleep(10);
    expect(readFileSync(file, "utf8")).toMatch(/"GET \/metrics\/ HTTP\/1.1" 200 \d+/);
  });

  test("serves on when the access log can't be written, and says so once", async () => {
    const server = installation.start({ SHARQ_SERVER_ACCESSLOG: "/dev/full" });
    const url = await server.url();
    for (let i = 0; i < 5; i += 1) expect((await fetch(`${url}/metrics/`)).status).toBe(200);
    const { code, stderr } = await server.end("SIGTERM");
    expect(code).toBe(0);
    expect(stderr.match(/the access log can't be written/g)).toHaveLength(1);
  });

  test("serves on when its own log can't be written", async () => {
    const server = installation.start(
      { SHARQ_UNKNOWN: "makes it log at the start" },
      ["--host", "127.0.0.1"],
      "/dev/full",
    );
    expect((await fetch(await server.url())).status).toBe(200);
  });

  test("SIGTERM before it serves is an orderly end as well", async () => {
    const server = installation.start({ SHARQ_SERVER_LOG_LEVEL: "debug" });
    while (!server.stderr.includes('"redis"')) await sleep(5);
    expect((await server.end("SIGTERM")).code).toBe(0);
    expect(existsSync(installation.socket)).toBe(false);
    expect(existsSync(join(installation.directory, "data", "sharq-server.lock"))).toBe(false);
  });

  test("the embedded Redis has as many databases as are asked for", async () => {
    expect((await enqueue(await installation.start({ SHARQ_REDIS_DB: "40" }).url(), "1", "a")).status).toBe(201);
  });

  test("an access log that can't be opened ends it with 1", async () => {
    const { code, stderr } = await installation.start({ SHARQ_SERVER_ACCESSLOG: "/nowhere/access.log" }).ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("/nowhere/access.log")]);
  });

  test("uses a Redis of yours over a unix socket, in the database asked for, and leaves it running", async () => {
    const redis = await PrivateRedis.start(["--requirepass", "secret", "--appendonly", "no"]);
    const server = installation.start({
      SHARQ_REDIS_CONN_TYPE: "unix_sock",
      SHARQ_REDIS_UNIX_SOCKET_PATH: redis.socket,
      SHARQ_REDIS_PASSWORD: "secret",
      SHARQ_REDIS_DB: "3",
    });
    await enqueue(await server.url(), "1", "a");
    await server.end("SIGTERM");
    const connection = redis.connect({ password: "secret", db: 3 });
    expect(await connection.hkeys("{sharq_server:sms}:jobs")).toEqual(["1:a"]);
    await redis.stop();
  });

  test("requeues expired jobs by itself", async () => {
    const url = await installation.start({ SHARQ_JOB_EXPIRE_INTERVAL: "1", SHARQ_JOB_REQUEUE_INTERVAL: "10" }).url();
    await enqueue(url, "1", "a");
    await fetch(`${url}/dequeue/sms/`);
    let again: Response;
    do again = await fetch(`${url}/dequeue/sms/`);
    while (again.status === 404);
    expect(await again.json()).toMatchObject({ job_id: "a", attempt: 2 });
  });

  test("enable_requeue_script = false leaves sweeping to others", async () => {
    const settings = { SHARQ_JOB_EXPIRE_INTERVAL: "1", SHARQ_JOB_REQUEUE_INTERVAL: "10" };
    const url = await installation.start({ ...settings, SHARQ_ENABLE_REQUEUE_SCRIPT: "false" }).url();
    await enqueue(url, "1", "a");
    await fetch(`${url}/dequeue/sms/`);
    await sleep(200);
    expect((await fetch(`${url}/dequeue/sms/`)).status).toBe(404);
  });
});

describe("workers = 2", () => {
  const children = (pid: number) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  const servers = (pid: number) =>
    children(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("sharq-server"));

  test("serves from two processes, replaces one that dies, sweeps once, and ends in order", async () => {
    const server = installation.start({
      SHARQ_SERVER_WORKERS: "2",
      SHARQ_JOB_EXPIRE_INTERVAL: "1",
      SHARQ_JOB_REQUEUE_INTERVAL: "10",
    });
    const url = await server.url();
    const pid = server.child.pid ?? 0;
    expect(servers(pid)).toHaveLength(2);
    const [victim = 0] = servers(pid);
    process.kill(victim, "SIGKILL");
    while (servers(pid).length !== 2 || servers(pid).includes(victim)) await sleep(20);
    await enqueue(url, "1", "a");
    await fetch(`${url}/dequeue/sms/`);
    let again: Response;
    do again = await fetch(`${url}/dequeue/sms/`);
    while (again.status === 404);
    expect((await again.json()).attempt).toBe(2);
    expect((await server.end("SIGTERM")).code).toBe(0);
    expect(existsSync(installation.socket)).toBe(false);
  });

  test("P3 spacing holds over several processes that are asked at the same time", async () => {
    const url = await installation.start({ SHARQ_SERVER_WORKERS: "2" }).url();
    const queues = Array.from({ length: 10 }, (_, i) => `q${i}`);
    for (let i = 0; i < 20; i += 1) {
      await Promise.all(queues.map((queue) => enqueue(url, queue, `j${i}`, { interval: 20, expire: 60_000 })));
    }
    const dispatchedUs = new Map<string, number[]>(queues.map((queue) => [queue, []]));
    let left = 200;
    const ask = async () => {
      while (left > 0) {
        const answer = await fetch(`${url}/dequeue/sms/`);
        const { queue_id, lease } = await answer.json();
        if (answer.status !== 200) continue;
        left -= 1;
        // The token of a lease is the time of its dispatch on Redis's clock.
        dispatchedUs.get(queue_id)?.push(Number(lease));
      }
    };
    await Promise.all([ask(), ask(), ask(), ask()]);
    for (const times of dispatchedUs.values()) {
      times.sort((a, b) => a - b);
      expect(times).toHaveLength(20);
      const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20_000);
    }
  });

  test("a process that is started later has the same configuration, whatever the file says by then", async () => {
    const file = join(installation.directory, "sharq.conf");
    writeFileSync(file, '[redis]\nkey_prefix = "first"\n');
    const server = installation.start({ SHARQ_SERVER_WORKERS: "2" }, ["-c", file]);
    const url = await server.url();
    const pid = server.child.pid ?? 0;
    writeFileSync(file, "rubbish");
    const [victim = 0] = servers(pid);
    process.kill(victim, "SIGKILL");
    while (servers(pid).length !== 2 || servers(pid).includes(victim)) await sleep(20);
    await sleep(500);
    const ids = Array.from({ length: 30 }, (_, i) => `j${i}`);
    for (const id of ids) await enqueue(url, "1", id);
    expect(servers(pid)).not.toContain(victim);
    expect(servers(pid)).toHaveLength(2);
    const redis = new Redis({ path: installation.socket, protocol: 2 });
    expect((await redis.hkeys("{first:sms}:jobs")).sort()).toEqual(ids.map((id) => `1:${id}`).sort());
    redis.disconnect();
  });

  test("kill -9 of the first process ends the workers and the Redis", async () => {
    const server = installation.start({ SHARQ_SERVER_WORKERS: "2" });
    const url = await server.url();
    await server.end("SIGKILL");
    expect(await redisGone()).toBe(true);
    await expect(fetch(url)).rejects.toThrow();
  });
});
