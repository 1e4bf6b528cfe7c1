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

/** What a worker does. Its process ends by itself when the first process is gone. */
export async function runWorker(config: Config, log: Logger): Promise<Running> {
  const { engine, redis } = await openEngine(config, log);
  const serving = await serve(config, engine, log);
  const stop = async () => {
    await serving.close();
    redis.disconnect();
  };
  return { address: serving.address, stop };
}

/** What the first process does. Resolves when all workers listen. */
export async function runPrimary(config: Config, log: Logger): Promise<Running> {
  const embedded = createEmbedded(config, log);
  await embedded?.start();
  const { engine, redis } = await openEngine(config, log);
  const sweeper = createSweeper(config, engine, log);
  sweeper?.start();
  const workers = new Workers(config["sharq-server"].workers, log);
  const stop = async () => {
    await workers.stop();
    await sweeper?.stop();
    redis.disconnect();
    await embedded?.stop();
  };
  try {
    return { address: await workers.start(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

class Workers {
  readonly #count: number;
  readonly #log: Logger;
  readonly #restarts = new Set<NodeJS.Timeout>();
  #stopping = false;

  constructor(count: number, log: Logger) {
    this.#count = count;
    this.#log = log;
  }

  /** Rejects when a worker ends before it listens: the next one would as well. */
  async start(): Promise<AddressInfo> {
    const addresses = await Promise.all(Array.from({ length: this.#count }, () => listening(cluster.fork())));
    cluster.on("exit", (worker, code, signal) => this.#replace(worker, code, signal));
    const [address] = addresses;
    if (!address) throw new Error("No worker was started");
    return address;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const restart of this.#restarts) clearTimeout(restart);
    const living = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      living.map((worker) => {
        const gone = new Promise((done) => worker.once("exit", done));
        worker.process.kill("SIGTERM");
        return gone;
      }),
    );
  }

  #replace(worker: Worker, code: number, signal: string): void {
    if (this.#stopping) return;
    this.#log.error({ worker: worker.process.pid, code, signal }, "a serving process ended; starting another");
    const restart = setTimeout(() => {
      this.#restarts.delete(restart);
      cluster.fork();
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
