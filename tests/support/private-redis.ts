import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findServer } from "../../src/redis/find-server.js";

/** A real Redis that one test file starts for itself, on a unix socket in a directory of its own. */
export class PrivateRedis {
  readonly directory = mkdtempSync(join(tmpdir(), "sharq-test-"));
  readonly socket = join(this.directory, "redis.sock");
  readonly #args: readonly string[];
  readonly #connections: Redis[] = [];
  #child: ChildProcess | undefined;

  private constructor(args: readonly string[]) {
    this.#args = args;
  }

  static async start(args: readonly string[] = ["--appendonly", "no"]): Promise<PrivateRedis> {
    const redis = new PrivateRedis(args);
    await redis.up();
    return redis;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts the process, on the data that is there, and waits until it answers. */
  async up(): Promise<void> {
    const fixed = ["--port", "0", "--unixsocket", this.socket, "--dir", this.directory, "--save", ""];
    this.#child = spawn(findServer(""), [...fixed, ...this.#args], { stdio: "ignore" });
    const probe = this.connect({ retryStrategy: () => 10, maxRetriesPerRequest: null, enableReadyCheck: false });
    // Any answer will do, also that a password is wanted.
    for (let up = false; !up; )
      up = await probe.ping().then(
        () => true,
        ({ message }) => message.startsWith("NOAUTH"),
      );
  }

  /** Ends the process and waits until it is gone. */
  async down(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }

  connect(options: object = {}): Redis {
    const redis = new Redis({ path: this.socket, protocol: 2, ...options });
    redis.on("error", () => undefined);
    this.#connections.push(redis);
    return redis;
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.disconnect();
    await this.down("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }
}
