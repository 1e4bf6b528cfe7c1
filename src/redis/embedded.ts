import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../observe/log.js";
import { lockDataDir } from "./data-dir-lock.js";
import { findServer } from "./find-server.js";
import { endOrphan } from "./orphan.js";
import { answers } from "./probe.js";

export interface EmbeddedOptions {
  dataDir: string;
  /** When Redis brings its append-only file to disk. */
  appendfsync: "always" | "everysec" | "no";
  /** How many databases there must be. */
  databases: number;
  /** Program to start; "" = redis-server or valkey-server. */
  serverCommand: string;
  log: Logger;
}

/** Longest path that fits a unix socket's address on every system. */
const SOCKET_PATH_LIMIT = 100;
const POLL_MS = 20;
const RESTART_MS = 250;
const STOP_MS = 30_000;

/**
 * Runs before Redis takes the process over: a watcher ends Redis when the server is gone, however it went, because the
 * pipe on descriptor 3 then closes. The word "ended" tells the watcher that Redis has gone by itself.
 */
const WATCHED_START =
  '(read -r word <&3; [ "$word" = ended ] || kill -TERM $$ 2>/dev/null) >/dev/null 2>&1 & exec "$@" 3<&-';

/** Where the embedded Redis of a data directory listens. */
export function socketPath(dataDir: string): string {
  const inside = join(dataDir, "redis.sock");
  if (Buffer.byteLength(inside) <= SOCKET_PATH_LIMIT) return inside;
  return join(tmpdir(), `sharq-${createHash("sha1").update(dataDir).digest("hex").slice(0, 16)}.sock`);
}

/**
 * A redis-server (or valkey-server) child of our own, on a unix socket, with an append-only file in `dataDir`.
 * States: stopped -> start() -> running -> stop() -> stopped. While running it is started again when it dies.
 */
export class EmbeddedRedis {
  readonly #options: EmbeddedOptions;
  readonly #socket: string;
  #child: ChildProcess | undefined;
  #release: (() => void) | undefined;
  /** Whether Redis is to be started again when it ends. */
  #keepRunning = false;
  #restart: NodeJS.Timeout | undefined;
  #lastLines: string[] = [];

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#socket = socketPath(options.dataDir);
  }

  /**
   * Takes the data directory, ends what a killed server left of its Redis, starts Redis and waits until it has loaded.
   * Throws NoRedisServer, DataDirInUse, or an error with the last lines that Redis wrote.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const program = findServer(this.#options.serverCommand);
    this.#release = lockDataDir(this.#options.dataDir);
    try {
      await endOrphan(this.#socket, this.#options.log);
      this.#spawn(program);
      await this.#loaded(signal);
      this.#keepRunning = true;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends Redis in an orderly way, so that it writes what it holds, and gives the data directory back. */
  async stop(): Promise<void> {
    this.#keepRunning = false;
    clearTimeout(this.#restart);
    const child = this.#child;
    // One that could not even be started has no process, and would never be heard to end.
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      const forced = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(forced);
    }
    this.#release?.();
    this.#release = undefined;
  }

  #spawn(program: string): void {
    const { dataDir, appendfsync, databases } = this.#options;
    const settings = {
      port: "0",
      unixsocket: this.#socket,
      unixsocketperm: "700",
      dir: dataDir,
      appendonly: "yes",
      appendfsync,
      save: "",
      daemonize: "no",
      loglevel: "notice",
      databases: String(Math.max(16, databases)),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    // A session of its own keeps a terminal's Ctrl-C from ending Redis before the server has drained.
    const child = spawn("/bin/sh", ["-c", WATCHED_START, "sh", program, ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.#child = child;
    child.stdout?.on("data", (chunk) => this.#note(String(chunk)));
    child.stderr?.on("data", (chunk) => this.#note(String(chunk)));
    child.once("exit", (code, signal) => this.#ended(child, program, { code, signal }));
    // It could not even be started, as when file descriptors are used up.
    child.once("error", (error) => this.#ended(child, program, { err: error }));
  }

  #note(text: string): void {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    for (const line of lines) this.#options.log.debug({ redis: line });
    this.#lastLines = [...this.#lastLines, ...lines].slice(-5);
  }

  #ended(child: ChildProcess, program: string, how: object): void {
    tellWatcher(child);
    if (!this.#keepRunning) return;
    this.#options.log.error({ ...how, lines: this.#lastLines }, "the embedded Redis ended; starting it again");
    this.#restart = setTimeout(() => this.#spawn(program), RESTART_MS);
  }

  /** Waits until Redis answers, however long it loads; gives up when it ended instead. */
  async #loaded(signal: AbortSignal | undefined): Promise<void> {
    while (!(await answers(this.#socket))) {
      signal?.throwIfAborted();
      if (this.#child?.pid === undefined) throw new Error("The embedded Redis could not be started");
      const ended = this.#child?.exitCode ?? this.#child?.signalCode;
      if (ended !== null && ended !== undefined) {
        throw new Error(`The embedded Redis ended at its start (${ended}): ${this.#lastLines.join(" | ")}`);
      }
      await sleep(POLL_MS);
    }
  }
}

/** Tells the watcher of a Redis that has ended; it may be gone as well, and then there is nobody to tell. */
function tellWatcher(child: ChildProcess): void {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Socket)) return;
  pipe.once("error", () => undefined);
  pipe.end("ended\n", () => pipe.destroy());
}
