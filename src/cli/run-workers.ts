import cluster, { type Worker } from "node:cluster";
import type { AddressInfo } from "node:net";
import type { Config } from "../config/schema.js";
import type { Logger } from "../observe/log.js";
import type { Running } from "./run-single.js";
import { serve } from "./serve.js";
import { createEmbedded, createSweeper, openEngine } from "./wiring.js";

/**
 * Several serving processes. The first one owns what there must be one of: the embedded Redis, the sweeper and the
 * workers, of which it starts another when one dies. The workers share the port and serve, nothing else.
 */

const RESTART_MS = 500;
/** What a worker that drains in order may take beyond the configured time, ms. */
const HANGING_MS = 2000;
const CONFIG_VARIABLE = "SHARQ_WORKER_CONFIG";

/** What a worker does. Its process ends by itself when the first process is gone. */
export async function runWorker(config: Config, log: Logger): Promise<Running> {
  const { engine, close } = await openEngine(config, log);
  const serving = await serve(config, engine, log);
  const stop = async () => {
    await serving.close();
    close();
  };
  return { address: serving.address, stop };
}

/** What the first process does. Resolves when all workers listen; rejects when `signal` is aborted before Redis serves. */
export async function runPrimary(config: Config, log: Logger, signal: AbortSignal): Promise<Running> {
  const embedded = createEmbedded(config, log);
  await embedded?.start(signal);
  const { engine, close } = await openEngine(config, log);
  const sweeper = createSweeper(config, engine, log);
  sweeper?.start();
  const workers = new Workers(config, log);
  const stop = async () => {
    await workers.stop();
    await sweeper?.stop();
    close();
    await embedded?.stop();
  };
  try {
    return { address: await workers.start(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The configuration of the first process, whatever the file has become since: all processes must agree. */
export function workerConfig(): Config {
  return JSON.parse(process.env[CONFIG_VARIABLE] ?? "");
}

class Workers {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #restarts = new Set<NodeJS.Timeout>();
  #stopping = false;

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /** Rejects when a worker ends before it listens: the next one would as well. */
  async start(): Promise<AddressInfo> {
    const { workers } = this.#config["sharq-server"];
    const addresses = await Promise.all(Array.from({ length: workers }, () => listening(this.#fork())));
    cluster.on("exit", (worker, code, signal) => this.#replace(worker, code, signal));
    const [address] = addresses;
    if (!address) throw new Error("No worker was started");
    return address;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const restart of this.#restarts) clearTimeout(restart);
    const living = Object.values(cluster.workers ?? {}).filter((worker) => worker && !worker.isDead());
    await Promise.all(living.map((worker) => worker && this.#end(worker)));
  }

  /** Lets a worker drain; one that does not end in time hangs and is killed. */
  async #end(worker: Worker): Promise<void> {
    const gone = new Promise((done) => worker.once("exit", done));
    worker.process.kill("SIGTERM");
    const kill = () => worker.process.kill("SIGKILL");
    const forced = setTimeout(kill, this.#config["sharq-server"].shutdown_timeout + HANGING_MS);
    await gone;
    clearTimeout(forced);
  }

  #fork(): Worker {
    const worker = cluster.fork({ [CONFIG_VARIABLE]: JSON.stringify(this.#config) });
    worker.on("error", (error) => this.#log.error({ err: error }, "a serving process can't be reached"));
    return worker;
  }

  #replace(worker: Worker, code: number, signal: string): void {
    if (this.#stopping) return;
    this.#log.error({ worker: worker.process.pid, code, signal }, "a serving process ended; starting another");
    const restart = setTimeout(() => {
      this.#restarts.delete(restart);
      this.#fork();
    }, RESTART_MS);
    this.#restarts.add(restart);
  }
}

function listening(worker: Worker): Promise<AddressInfo> {
  return new Promise((done, failed) => {
    worker.once("listening", ({ address, port }) => done({ address: String(address), port, family: "" }));
    worker.once("exit", () => failed(new Error("A serving process ended at its start; its log says why")));
  });
}
