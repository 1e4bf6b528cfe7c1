import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { findServer } from "../../src/redis/find-server.js";

const HOST = "127.0.0.1";
/** Below the ports that systems give out by themselves, with the bus of a cluster's node 10 000 above. */
const FIRST_PORT = 12_000;
const LAST_PORT = 21_000;
const BUS_OFFSET = 10_000;

/** A redis-server of a test, on a port of its own on loopback, with its data in a directory of its own. */
export class RedisProcess {
  readonly host = HOST;
  readonly port: number;
  readonly directory = mkdtempSync(join(tmpdir(), "sharq-node-"));
  /** A connection for the test's own questions, which waits for the server. */
  readonly redis: Redis;
  readonly #config: string;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
    this.#config = join(this.directory, "redis.conf");
    this.redis = new Redis({
      host: HOST,
      port,
      protocol: 2,
      lazyConnect: true,
      disconnectTimeout: 100,
      enableReadyCheck: false,
      maxRetriesPerRequest: null,
      retryStrategy: () => 20,
    });
    this.redis.on("error", () => undefined);
  }

  /** Starts one with these lines of configuration, and waits until it answers. */
  static async start(settings: readonly string[], options: readonly string[] = []): Promise<RedisProcess> {
    const server = new RedisProcess(await freePort());
    const fixed = [`port ${server.port}`, `bind ${HOST}`, `dir ${server.directory}`];
    writeFileSync(server.#config, [...fixed, ...settings, ""].join("\n"));
    await server.up(options);
    return server;
  }

  /** Starts the process, on the data that is there, and waits until it answers. */
  async up(options: readonly string[] = []): Promise<void> {
    this.#child = spawn(findServer(""), [this.#config, ...options], { stdio: "ignore" });
    const info = await this.redis.info("server");
    // Somebody else may have taken the port since it was found free.
    if (!info.includes(`process_id:${this.#child.pid}\r\n`)) throw new Error(`Port ${this.port} is another's`);
  }

  /** Holds the process up, as a machine that hangs. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Ends the process at once and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Asks again until the answer is yes. */
export async function until(answer: () => Promise<boolean>): Promise<void> {
  while (!(await answer())) await sleep(20);
}

/** A port that nobody listens on, nor on the one 10 000 above; two tests that ask at once get different ones. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, HOST, () => probe.close(() => done(true)));
  });
}
