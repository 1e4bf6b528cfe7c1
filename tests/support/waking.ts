import type { Redis } from "ioredis";
import type { WakeChannel } from "../../src/engine/waiting.js";

/** A wake channel over a connection of a test's own Redis. */
export function wakeChannel(redis: Redis, name = "test:wake"): WakeChannel {
  return {
    name,
    subscribe: ({ onMessage, onConnect }) => {
      redis.on("message", (_channel, message) => onMessage(message));
      void redis.subscribe(name).then(onConnect);
    },
  };
}
