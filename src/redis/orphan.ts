import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../observe/log.js";
import { ask, listens } from "./probe.js";

const POLL_MS = 20;
const TAKEOVER_MS = 30_000;

/**
 * A server that was killed leaves a Redis that is about to end, or, if its watcher was killed too, one that is not.
 * Waits for the one and asks the other to end. A Redis with clients belongs to a server that this process can't see.
 */
export async function endOrphan(socket: string, log: Logger): Promise<void> {
  if (await listens(socket)) log.warn({ socket }, "ending the Redis that an earlier server left");
  const deadline = Date.now() + TAKEOVER_MS;
  while (await listens(socket)) {
    if (Date.now() > deadline)
      throw new Error(`A Redis that hangs or serves others listens on ${socket}: end it first`);
    await ask(socket, async (redis) => {
      const clients = String(await redis.call("CLIENT", "LIST", "TYPE", "normal"))
        .trim()
        .split("\n");
      if (clients.length === 1) await redis.shutdown();
    });
    await sleep(POLL_MS);
  }
}
