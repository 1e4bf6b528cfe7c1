import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineOn, job } from "../support/engines.js";
import { PrivateRedis } from "../support/private-redis.js";
import { VirtualClock } from "../support/virtual-clock.js";

let server: PrivateRedis;

beforeAll(async () => {
  server = await PrivateRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
});
afterAll(() => server.stop());

test("P1 P3 P7 jobs, leases and spacing outlive an orderly restart of Redis and a kill of it", async () => {
  const clock = new VirtualClock();
  const redis = server.connect({ retryStrategy: () => 10, maxRetriesPerRequest: null });
  const engine = engineOn(redis, clock);
  for (const id of ["a", "b", "c"]) await engine.enqueue(job("1", id, { intervalMs: 1000 }));
  const [first] = (await engine.dequeue("sms")).dispatches;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await server.down(signal);
    await server.up();
    expect((await engine.dequeue("sms")).nextReadyInMs).toBe(1000);
  }
  await engine.finish(job("1", "a"), first?.lease);
  clock.passMs(1000);
  expect((await engine.dequeue("sms")).dispatches[0]?.jobId).toBe("b");
});
