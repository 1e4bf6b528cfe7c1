import type { Redis } from "ioredis";

/** How many replicas must hold what was written, and how long to wait for them, ms. */
export interface ReplicaWait {
  count: number;
  timeoutMs: number;
}

/**
 * Confirms that replicas hold what one connection has done, with Redis's WAIT. Redis does nothing else for a connection
 * that waits, so of those that ask meanwhile all are confirmed by the next WAIT, together: then one replica that hangs
 * holds each of them up for two waits at the most, however many they are.
 */
export class Confirmation {
  readonly #redis: Redis;
  readonly #wait: ReplicaWait;
  /** The WAIT that was sent last. */
  #sent: Promise<unknown> = Promise.resolve();
  /** The WAIT that is still to be sent. */
  #next: Promise<void> | undefined;

  constructor(redis: Redis, wait: ReplicaWait) {
    this.#redis = redis;
    this.#wait = wait;
  }

  /**
   * Resolves when enough replicas hold all that was sent on the connection up to now, and what others had written when
   * that was done. Rejects with a reply "NOREPLICAS" when they don't in time, or with the error of the connection.
   */
  confirm(): Promise<void> {
    this.#next ??= this.#afterTheLast();
    return this.#next;
  }

  async #afterTheLast(): Promise<void> {
    await this.#sent.catch(() => undefined);
    this.#next = undefined;
    const { count, timeoutMs } = this.#wait;
    const reply = this.#redis.wait(count, timeoutMs);
    this.#sent = reply;
    const holding = await reply.catch(refused);
    if (holding < count) throw noReplicas(`${holding} of ${count} replicas confirmed it within ${timeoutMs} ms`);
  }
}

/** A reply that is an error, as when the master became a replica meanwhile, confirms nothing either. */
function refused(error: unknown): never {
  if (error instanceof Error && error.name === "ReplyError") throw noReplicas(error.message);
  throw error;
}

/** An error like one that Redis replies. */
function noReplicas(reason: string): Error {
  return Object.assign(new Error(`NOREPLICAS ${reason}`), { name: "ReplyError" });
}
