import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Logger } from "../observe/log.js";
import type { RedisAddress, SingleAddress } from "./address.js";
import { retryDelayMs, SILENCE_MS, singleOptions } from "./options.js";
import { Outage } from "./outage.js";

/** Who is told of messages. */
export interface ChannelListener {
  onMessage(message: string): void;
  /** Called whenever the subscription begins, for the first time or again: messages may have been missed before. */
  onConnect(): void;
}

/** A subscription to one channel of Redis, which renews itself for ever. */
export interface RedisChannel {
  readonly name: string;
  /** To be called once; nothing is connected before. */
  subscribe(listener: ChannelListener): void;
  close(): void;
}

/**
 * A channel on a connection of its own. Of a Redis Cluster any node will do, because each hears what is published on
 * any other; the start nodes are tried in turn. `without` says to the operator what goes wrong while it is away.
 */
export function createChannel(address: RedisAddress, name: string, without: string, log: Logger): RedisChannel {
  return new Subscription(address, name, without, log);
}

/** States: new -> subscribe() -> trying <-> subscribed -> close() -> closed, which is also reached from new. */
class Subscription implements RedisChannel {
  readonly name: string;
  readonly #address: RedisAddress;
  readonly #outage: Outage;
  readonly #closing = new AbortController();
  /** Tries in a row that failed. */
  #failures = 0;

  constructor(address: RedisAddress, name: string, without: string, log: Logger) {
    this.#address = address;
    this.name = name;
    this.#outage = new Outage(log.child({ channel: name }), {
      begins: `a channel of Redis can't be subscribed to, so ${without}; trying again until it can`,
      ends: "a channel of Redis is subscribed to again",
    });
  }

  subscribe(listener: ChannelListener): void {
    void this.#renew(listener);
  }

  close(): void {
    this.#closing.abort();
  }

  /** Ends when the channel is closed. */
  async #renew(listener: ChannelListener): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      await this.#session(attempt, listener).catch((error) => {
        this.#failures += 1;
        if (!signal.aborted) this.#outage.begins(error);
      });
      await sleep(retryDelayMs(this.#failures + 1), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection, from its start to its end. Rejects when it comes to no subscription. */
  async #session(attempt: number, listener: ChannelListener): Promise<void> {
    const redis = new Redis({ ...optionsFor(this.#address, attempt), autoResubscribe: false });
    let cause: unknown;
    redis.on("error", (error) => {
      cause = error;
    });
    redis.on("message", (_, message) => listener.onMessage(message));
    const ended = new Promise((done) => redis.once("end", done));
    const disconnect = () => redis.disconnect();
    this.#closing.signal.addEventListener("abort", disconnect);
    // A question now and then shows a connection whose other end has vanished.
    const question = setInterval(() => redis.ping().catch(() => undefined), SILENCE_MS);
    try {
      await redis.connect().catch((error) => Promise.reject(cause ?? error));
      await redis.subscribe(this.name);
      this.#begun(listener);
      await ended;
    } finally {
      clearInterval(question);
      this.#closing.signal.removeEventListener("abort", disconnect);
      redis.disconnect();
    }
  }

  #begun(listener: ChannelListener): void {
    this.#failures = 0;
    this.#outage.ends();
    listener.onConnect();
  }
}

/** For one try, which does not connect again by itself. */
function optionsFor(address: RedisAddress, attempt: number) {
  return {
    ...singleOptions(nodeFor(address, attempt)),
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  };
}

/** Channels belong to no database. */
function nodeFor(address: RedisAddress, attempt: number): SingleAddress {
  if (!("nodes" in address)) return { ...address, db: 0 };
  const { nodes, ...access } = address;
  return { ...access, endpoint: nodes[attempt % nodes.length] ?? nodes[0], db: 0 };
}
