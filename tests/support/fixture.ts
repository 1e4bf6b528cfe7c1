import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import type { Redis } from "ioredis";
import type { Engine } from "../../src/engine/engine.js";
import { engineOn } from "./engines.js";
import { PrivateRedis } from "./private-redis.js";
import { VirtualClock } from "./virtual-clock.js";

/** What most tests of a file need; Redis is empty and the clock new for each test. */
export interface Fixture {
  server: PrivateRedis;
  redis: Redis;
  clock: VirtualClock;
  engine: Engine;
}

/** Starts a Redis for a test file, and gives each test an engine in virtual time on it. */
export function useEngine(redisArgs?: readonly string[]): Fixture {
  const fixture = {} as Fixture;
  beforeAll(async () => {
    fixture.server = await PrivateRedis.start(redisArgs);
    fixture.redis = fixture.server.connect();
  });
  beforeEach(async () => {
    await fixture.redis.flushall();
    fixture.clock = new VirtualClock();
    fixture.engine = engineOn(fixture.redis, fixture.clock);
  });
  afterAll(() => fixture.server.stop());
  return fixture;
}
