import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs `bin/sharq-server` until it ends. */
export function runCommand(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new ServerProcess(args, environment).ended;
}

/** A `sharq-server` process; its output is kept. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  /** With `logFile`, what the server writes on stderr goes to that file. */
  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}, logFile?: string) {
    this.child = spawn(process.execPath, ["bin/sharq-server", ...args], {
      env: { ...process.env, NODE_OPTIONS: "", ...environment },
      stdio: ["ignore", "pipe", logFile === undefined ? "pipe" : openSync(logFile, "a")],
    });
    this.child.stdout?.on("data", (chunk) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on("data", (chunk) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((done) => {
      this.child.once("close", (code, signal) => done({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** Waits for the banner; returns the address that it tells. */
  async url(): Promise<string> {
    const found = /Listening on: (\S+)\n/;
    while (!found.test(this.stdout)) {
      await Promise.race([new Promise((more) => this.child.stdout?.once("data", more)), this.ended]);
      if (this.child.exitCode !== null) throw new Error(`The server ended: ${this.stderr}`);
    }
    return `http://${found.exec(this.stdout)?.[1]}`;
  }

  /** Ends the process with a signal and waits until it and its output are gone. */
  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** A directory of its own with what a server with an embedded Redis needs, and the servers started in it. */
export class Installation {
  readonly directory = mkdtempSync(join(tmpdir(), "sharq-cli-"));
  readonly #servers: ServerProcess[] = [];

  get socket(): string {
    return join(this.directory, "data", "redis.sock");
  }

  start(environment: NodeJS.ProcessEnv = {}, args: readonly string[] = [], logFile?: string): ServerProcess {
    const own = {
      SHARQ_REDIS_DATA_DIR: join(this.directory, "data"),
      SHARQ_REDIS_APPENDFSYNC: "always",
      SHARQ_SERVER_PORT: "0",
    };
    const server = new ServerProcess(args, { ...own, ...environment }, logFile);
    this.#servers.push(server);
    return server;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end("SIGTERM")));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
