import type { Redis } from "ioredis";
import type { Channel } from "../../src/engine/channel.js";

/** A channel over a connection of a test's own Redis. */
export function channelOn(redis: Redis, name = "test:wake"): Channel {
  return {
    name,
    subscribe: ({ onMessage, onConnect }) => {
      redis.on("message", (channel, message) => {
        if (channel === name) onMessage(message);
      });
      void redis.subscribe(name).then(onConnect);
    },
  };
}
