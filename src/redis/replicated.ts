import type { Redis } from "ioredis";
import type { Logger } from "../observe/log.js";
import type { RedisAddress } from "./address.js";
import { ClusterConnection, guarded } from "./cluster.js";
import { Confirmation, type ReplicaWait } from "./confirmation.js";
import { createConnection } from "./connect.js";
import type { Connection } from "./connection.js";

/** What finds the master that serves a key; a Redis Cluster has several. */
interface Masters {
  connect(): Promise<unknown>;
  disconnect(): void;
  /** Throws when there is none. */
  masterOf(key: string): Redis;
  /** Finds anew who serves what. */
  refresh(): Promise<void>;
  /** Is told how a command failed, which may be a reason to do so. */
  noteFailure(error: unknown): void;
}

/**
 * A connection whose scripts are answered when as many replicas as asked for hold what they did; to be used beside a
 * plain one, for it waits. A script that fails with an error of its own fails with that. One that is not confirmed in
 * time has run, and rejects with a reply "NOREPLICAS".
 */
export function createReplicated(address: RedisAddress, wait: ReplicaWait, log: Logger): Connection {
  return new Replicated(mastersAt(address, log), wait, address.commandTimeoutMs);
}

function mastersAt(address: RedisAddress, log: Logger): Masters {
  if ("nodes" in address) return new ClusterConnection(address, log);
  const redis = createConnection(address, log);
  return {
    connect: () => redis.connect(),
    disconnect: () => redis.disconnect(),
    masterOf: () => redis,
    refresh: () => Promise.resolve(),
    noteFailure: () => undefined,
  };
}

class Replicated implements Connection {
  readonly #masters: Masters;
  readonly #wait: ReplicaWait;
  readonly #timeoutMs: number;
  readonly #confirmations = new WeakMap<Redis, Confirmation>();

  constructor(masters: Masters, wait: ReplicaWait, timeoutMs: number) {
    this.#masters = masters;
    this.#wait = wait;
    this.#timeoutMs = timeoutMs;
  }

  connect(): Promise<unknown> {
    return this.#masters.connect();
  }

  disconnect(): void {
    this.#masters.disconnect();
  }

  evalsha(sha1: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown> {
    return this.#run(keysAndArgs, (redis) => redis.evalsha(sha1, ...guarded(keyCount, keysAndArgs)));
  }

  eval(source: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown> {
    return this.#run(keysAndArgs, (redis) => redis.eval(source, ...guarded(keyCount, keysAndArgs)));
  }

  async #run([key]: (string | number)[], send: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    try {
      return await within(this.#timeoutMs, this.#follow(String(key), send));
    } catch (error) {
      this.#masters.noteFailure(error);
      throw error;
    }
  }

  /** Sends a script once more when its slot turns out to have moved; it has not run then. */
  async #follow(key: string, send: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    try {
      return await this.#once(key, send);
    } catch (error) {
      if (!isRedirection(error)) throw error;
    }
    await this.#masters.refresh();
    try {
      return await this.#once(key, send);
    } catch (error) {
      throw isRedirection(error) ? new Error("The slot is on its way to another node", { cause: error }) : error;
    }
  }

  /** What confirms a script follows it on the same connection, and the connection is not made anew between the two. */
  async #once(key: string, send: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    const redis = this.#masters.masterOf(key);
    const sent = send(redis);
    const confirmed = this.#confirmationOn(redis).confirm();
    confirmed.catch(() => undefined);
    const reply = await sent;
    await confirmed;
    return reply;
  }

  #confirmationOn(redis: Redis): Confirmation {
    const known = this.#confirmations.get(redis);
    if (known) return known;
    const made = new Confirmation(redis, this.#wait);
    this.#confirmations.set(redis, made);
    return made;
  }
}

/** Whether a node replied that another one has to be asked. */
function isRedirection(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && /^(?:MOVED|ASK) /.test(error.message);
}

/** Rejects when the promise is not settled in time. */
async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, failed) => {
    late = setTimeout(() => failed(new Error("Command and confirmation timed out")), timeoutMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(late);
  }
}
