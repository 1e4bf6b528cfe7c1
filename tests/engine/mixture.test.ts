import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { engineOn, job } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";
import { VirtualClock } from "../support/virtual-clock.js";

const fixture = useEngine();

const jobs = fc.array(
  fc.record({
    queueId: fc.constantFrom("a", "b", "c", "d"),
    intervalMs: fc.constantFrom(0, 0, 7, 20),
    priority: fc.constantFrom(undefined, undefined, -1, 5),
    delayMs: fc.constantFrom(undefined, undefined, undefined, 3, 11),
  }),
  { minLength: 1, maxLength: 30 },
);
/** Sizes of batches, which are used in turn. */
const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });

type Way = "one by one" | "in batches" | "at the same time";

/** Enqueues everything, then dequeues until nothing is left; time passes in the same way whatever the way is. */
async function order(way: Way, wanted: ReturnType<typeof named>, batches: number[]): Promise<string[]> {
  await fixture.redis.flushall();
  const clock = new VirtualClock();
  const engine = engineOn(fixture.redis, clock);
  for (let at = 0, turn = 0; at < wanted.length; turn += 1) {
    const some = wanted.slice(at, at + (batches[turn % batches.length] ?? 1));
    at += some.length;
    if (way === "in batches") await engine.enqueueAll("sms", some);
    if (way === "at the same time") await Promise.all(some.map((each) => engine.enqueue(each)));
    for (const each of some) {
      if (way === "one by one") await engine.enqueue(each);
      clock.passUs(1);
    }
  }
  const ids: string[] = [];
  for (let turn = 0; ids.length < wanted.length; turn += 1, clock.passMs(1)) {
    const count = batches[turn % batches.length] ?? 1;
    const before = clock.us;
    if (way === "in batches") {
      ids.push(...(await engine.dequeue("sms", { count })).dispatches.map(({ jobId }) => jobId));
    } else if (way === "at the same time") {
      const answers = await Promise.all(Array.from({ length: count }, () => engine.dequeue("sms")));
      ids.push(...answers.flatMap(({ dispatches }) => dispatches.map(({ jobId }) => jobId)));
    } else {
      for (let found = true; found && clock.us < before + count; clock.passUs(1)) {
        const { dispatches } = await engine.dequeue("sms");
        found = dispatches.length > 0;
        ids.push(...dispatches.map(({ jobId }) => jobId));
      }
    }
    clock.passUs(before + count - clock.us);
  }
  return ids;
}

const named = (some: Parameters<typeof job>[2][]) => some.map((each, i) => job(each?.queueId ?? "", `j${i}`, each));

test("P2 P6 batches, single calls and calls at the same time give the same dispatch order", async () => {
  await fc.assert(
    fc.asyncProperty(jobs, sizes, async (some, batches) => {
      const wanted = named(some);
      const expected = await order("one by one", wanted, batches);
      expect(await order("in batches", wanted, batches)).toEqual(expected);
      expect(await order("at the same time", wanted, batches)).toEqual(expected);
    }),
    { numRuns: 40 },
  );
}, 60_000);
