import type { AddressInfo } from "node:net";
import type { Config } from "../config/schema.js";
import type { Logger } from "../observe/log.js";
import { serve } from "./serve.js";
import { createEmbedded, createSweeper, openEngine } from "./wiring.js";

/** A running installation: where it listens, and how to end it in order. */
export interface Running {
  address: AddressInfo;
  stop(): Promise<void>;
}

/** Everything in one process. Rejects, with nothing left running, when it can't start or `signal` is aborted first. */
export async function runSingle(config: Config, log: Logger, signal: AbortSignal): Promise<Running> {
  const stops: (() => Promise<unknown>)[] = [];
  // The last part that was started stops first, and Redis goes when nobody needs it any more.
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  try {
    const embedded = createEmbedded(config, log);
    if (embedded) {
      await embedded.start(signal);
      stops.push(() => embedded.stop());
    }
    const { engine, close } = await openEngine(config, log);
    stops.push(async () => close());
    const sweeper = createSweeper(config, engine, log);
    if (sweeper) {
      sweeper.start();
      stops.push(() => sweeper.stop());
    }
    const serving = await serve(config, engine, log);
    stops.push(() => serving.close());
    return { address: serving.address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
