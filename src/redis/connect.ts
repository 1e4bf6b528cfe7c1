import { Redis } from "ioredis";
import type { Logger } from "../observe/log.js";
import type { RedisAddress, SingleAddress } from "./address.js";
import { ClusterConnection } from "./cluster.js";
import type { Connection } from "./connection.js";
import { retryDelayMs, singleOptions } from "./options.js";
import { Outage } from "./outage.js";

/** How long a start waits for Redis, ms. */
const START_MS = 2000;

/** A connection of the kind that the address asks for; it is not connected yet. */
export function openConnection(address: RedisAddress, log: Logger): Connection {
  return "nodes" in address ? new ClusterConnection(address, log) : createConnection(address, log);
}

/**
 * A connection to a single Redis that reconnects by itself for ever. While there is none, commands fail at once instead
 * of queueing up; a command that was under way when the connection broke fails too and is not sent again, because it
 * may have run: a dequeue sent twice would take two jobs.
 */
export function createConnection(address: SingleAddress, log: Logger): Redis {
  const redis = new Redis({
    ...singleOptions(address),
    // A master that became a replica stays reachable; whoever is the master now is found by connecting anew.
    reconnectOnError: ({ message }) => /READONLY|MASTERDOWN/.test(message),
    retryStrategy: retryDelayMs,
  });
  report(redis, log);
  return redis;
}

/**
 * Starts connecting. Resolves also when Redis is away, or does not serve within two seconds: requests are answered with
 * 503 until it is there.
 */
export async function connect(connection: Pick<Connection, "connect">): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((done) => {
    late = setTimeout(done, START_MS);
  });
  await Promise.race([connection.connect().catch(() => undefined), tooLate]);
  clearTimeout(late);
}

function report(redis: Redis, log: Logger): void {
  const outage = new Outage(log, {
    begins: "Redis can't be reached; trying again until it can",
    ends: "Redis is back",
  });
  redis.on("error", (error: Error) => {
    if (!error.message.includes("DB index is out of range")) return outage.begins(error);
    // The client would go on in database 0, where somebody else's keys may be.
    redis.disconnect();
    log.error({ err: error }, "Redis does not have this database; the server must be started with another one");
  });
  redis.on("ready", () => outage.ends());
}
