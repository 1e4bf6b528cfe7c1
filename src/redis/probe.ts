import { connect } from "node:net";
import { Redis } from "ioredis";

/** Looks at a Redis on a unix socket from outside, with a connection of its own each time. */

/** Runs one exchange with the Redis on that socket; `undefined` when it can't be reached or does not serve yet. */
export async function ask<T>(socket: string, exchange: (redis: Redis) => Promise<T>): Promise<T | undefined> {
  const redis = new Redis({
    path: socket,
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    commandTimeout: 1000,
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await exchange(redis);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

/** Whether a Redis there serves. */
export async function answers(socket: string): Promise<boolean> {
  return (await ask(socket, (redis) => redis.ping())) === "PONG";
}

/** Whether anything listens there, also a Redis that is still loading or already leaving. */
export function listens(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connect(socket);
    probe.once("connect", () => done(true)).once("error", () => done(false));
    probe.once("connect", () => probe.destroy());
  });
}
