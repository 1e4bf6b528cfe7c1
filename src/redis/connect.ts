import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import type { Logger } from "../observe/log.js";

/** How to reach Redis. */
export interface RedisAddress {
  /** A unix socket, or host and port. */
  endpoint: { path: string } | { host: string; port: number };
  db: number;
  username?: string;
  password?: string;
  /** Present = TLS; each file is optional. */
  tls?: { caFile?: string; certFile?: string; keyFile?: string };
  /** How long a command may take, ms. */
  commandTimeoutMs: number;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
/** A connection on which nothing has come back for so long is dead, as when a host vanished. */
const SILENCE_MS = 5000;

/**
 * A connection that reconnects by itself for ever. While there is none, commands fail at once instead of queueing up;
 * a command that was under way when the connection broke fails too and is not sent again, because it may have run: a
 * dequeue sent twice would take two jobs.
 */
export function createConnection(address: RedisAddress, log: Logger): Redis {
  const redis = new Redis({
    ...address.endpoint,
    db: address.db,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls === undefined ? {} : { tls: readTls(address.tls) }),
    // Scripts answer with lists of strings and integers, which RESP2 has as well, without a HELLO at each connect.
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: address.commandTimeoutMs,
    connectTimeout: address.commandTimeoutMs,
    socketTimeout: SILENCE_MS,
    // A master that became a replica stays reachable; whoever is the master now is found by connecting anew.
    reconnectOnError: ({ message }) => /READONLY|MASTERDOWN/.test(message),
    retryStrategy: (attempt) => Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10), LAST_RETRY_MS),
  });
  report(redis, log);
  return redis;
}

/** Starts connecting. Resolves also when Redis is away: requests are answered with 503 until it is there. */
export async function connect(redis: Redis): Promise<void> {
  await redis.connect().catch(() => undefined);
}

function readTls({ caFile, certFile, keyFile }: NonNullable<RedisAddress["tls"]>) {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}

/** Logs an outage once when it begins and once when it ends, not at every try. */
function report(redis: Redis, log: Logger): void {
  let away = false;
  redis.on("error", (error: Error) => {
    if (error.message.includes("DB index is out of range")) {
      // The client would go on in database 0, where somebody else's keys may be.
      redis.disconnect();
      log.error({ err: error }, "Redis does not have this database; the server must be started with another one");
      return;
    }
    if (!away) log.error({ err: error }, "Redis can't be reached; trying again until it can");
    away = true;
  });
  redis.on("ready", () => {
    if (away) log.info("Redis is back");
    away = false;
  });
}
