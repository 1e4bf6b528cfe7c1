import { readFileSync } from "node:fs";
import type { RedisOptions } from "ioredis";
import type { RedisAddress, SingleAddress } from "./address.js";

/** What connections have in common, in the words of the Redis client. */

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
/** A connection on which nothing has come back for so long is dead, as when a host vanished. */
export const SILENCE_MS = 5000;
/** How long a connection that is given up may take to close in order. */
const CLOSE_MS = 500;

/** How long to wait before a try, by its number from 1 on, ms. */
export function retryDelayMs(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10), LAST_RETRY_MS);
}

/**
 * For a connection to any node. No command is sent again by the client: one that was under way when its connection
 * broke may have run, and a dequeue sent twice would take two jobs.
 */
export function nodeOptions(address: RedisAddress) {
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls === undefined ? {} : { tls: readTls(address.tls) }),
    // Scripts answer with lists of strings and integers, which RESP2 has as well, without a HELLO at each connect.
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: address.commandTimeoutMs,
    connectTimeout: address.commandTimeoutMs,
    socketTimeout: SILENCE_MS,
    disconnectTimeout: CLOSE_MS,
  } as const satisfies RedisOptions;
}

/** For a connection to a single Redis, which fails commands at once while there is none. */
export function singleOptions(address: SingleAddress) {
  return {
    ...nodeOptions(address),
    ...endpointOptions(address),
    db: address.db,
    lazyConnect: true,
    enableOfflineQueue: false,
  } as const satisfies RedisOptions;
}

function endpointOptions({ endpoint, tls, commandTimeoutMs }: SingleAddress) {
  if (!("sentinels" in endpoint)) return endpoint;
  return {
    sentinels: [...endpoint.sentinels],
    name: endpoint.name,
    ...(endpoint.username === undefined ? {} : { sentinelUsername: endpoint.username }),
    ...(endpoint.password === undefined ? {} : { sentinelPassword: endpoint.password }),
    sentinelCommandTimeout: commandTimeoutMs,
    sentinelRetryStrategy: retryDelayMs,
    ...(tls === undefined ? {} : { sentinelTLS: readTls(tls), enableTLSForSentinelMode: true }),
  };
}

function readTls({ caFile, certFile, keyFile }: NonNullable<RedisAddress["tls"]>) {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}
