import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { Gatherer } from "../../src/engine/gatherer.js";

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Calls that are answered when the test says so. */
function recorder() {
  const calls: { key: string; items: number[]; answer(): void; fail(): void }[] = [];
  let made = () => {};
  const run = (key: string, items: number[]) =>
    new Promise<number[]>((done, failed) => {
      calls.push({
        key,
        items,
        answer: () => done(items.map((item) => item * 10)),
        fail: () => failed(new Error("away")),
      });
      made();
    });
  const until = async (count: number) => {
    while (calls.length < count) {
      await new Promise<void>((done) => {
        made = done;
      });
    }
  };
  return { calls, run, until };
}

const UNLIMITED = Number.POSITIVE_INFINITY;

test("what is asked for in one turn goes together, in order, and each gets its own results", async () => {
  const { calls, run, until } = recorder();
  const gatherer = new Gatherer({ limit: 3, calls: UNLIMITED }, run);
  const asked = [[1], [2, 3], [4], [5, 6, 7, 8]].map((items) => gatherer.add("a", items));
  const other = gatherer.add("b", [9]);
  await until(4);
  expect(calls.map(({ key, items }) => [key, ...items])).toEqual([
    ["a", 1, 2, 3],
    ["a", 4],
    ["a", 5, 6, 7, 8],
    ["b", 9],
  ]);
  for (const call of calls) call.answer();
  expect(await Promise.all([...asked, other])).toEqual([[10], [20, 30], [40], [50, 60, 70, 80], [90]]);
});

test("with one call at a time, what is asked for meanwhile leaves before the answer is handed on", async () => {
  const { calls, run, until } = recorder();
  const gatherer = new Gatherer({ limit: 16, calls: 1 }, run);
  const first = gatherer.add("a", [1]).then(() => calls.length);
  await until(1);
  const others = [2, 3].map((item) => gatherer.add("a", [item]));
  await new Promise(setImmediate);
  expect(calls).toHaveLength(1);
  calls[0]?.answer();
  expect(await first).toBe(2);
  expect(calls[1]?.items).toEqual([2, 3]);
  calls[1]?.answer();
  expect(await Promise.all(others)).toEqual([[20], [30]]);
});

test("P13 a call that is not answered does not hold back the next ones, and a failed one fails its own", async () => {
  const { calls, run, until } = recorder();
  const gatherer = new Gatherer({ limit: 16, calls: 1 }, run);
  const hangs = gatherer.add("a", [1]);
  await until(1);
  const next = gatherer.add("a", [2]);
  jest.advanceTimersByTime(2);
  await until(2);
  const crowd = Array.from({ length: 40 }, (_, i) => gatherer.add("a", [i]));
  await until(5);
  expect(calls.map(({ items }) => items.length)).toEqual([1, 1, 16, 16, 8]);
  for (const call of calls.slice(1)) call.answer();
  expect(await next).toEqual([20]);
  expect(await Promise.all(crowd)).toHaveLength(40);
  calls[0]?.fail();
  await expect(hangs).rejects.toThrow("away");
});
