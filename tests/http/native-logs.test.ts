import { expect, test } from "@jest/globals";
import { jobPath, useNative } from "../support/native-api.js";

const api = useNative();
const messages = (body: { items: { message: string }[] }) => body.items.map(({ message }) => message);

test("one line or several are added, and read back oldest first", async () => {
  const path = await api.enqueue("1", "a");
  const one = await api.post(`${path}/logs`, { message: "first" });
  expect([one.status, one.body]).toEqual([200, { lines: 1 }]);
  const more = await api.post(`${path}/logs`, [
    { at: 5, level: "warn", message: "second\n\u0000ä" },
    { message: "third" },
  ]);
  expect(more.body).toEqual({ lines: 3 });
  const { status, body } = await api.get(`${path}/logs`);
  expect([status, body]).toEqual([
    200,
    {
      items: [
        { at: expect.any(Number), level: "info", message: "first" },
        { at: 5, level: "warn", message: "second\n\u0000ä" },
        { at: expect.any(Number), level: "info", message: "third" },
      ],
      next_cursor: null,
    },
  ]);
});

test("a log is read page by page", async () => {
  const path = await api.enqueue("1", "a");
  const lines = Array.from({ length: 7 }, (_, i) => ({ message: `m${i}` }));
  await api.post(`${path}/logs`, lines);
  const found: string[] = [];
  for (let cursor = "", more = true; more; ) {
    const { body } = await api.get(`${path}/logs?limit=3${cursor}`);
    expect(body.items.length).toBeLessThanOrEqual(3);
    found.push(...messages(body));
    more = body.next_cursor !== null;
    cursor = `&cursor=${body.next_cursor}`;
  }
  expect(found).toEqual(lines.map(({ message }) => message));
  const { status, body } = await api.get(`${path}/logs?cursor=x`);
  expect([status, body.errors[0].path]).toEqual([400, "/query/cursor"]);
});

test("at most 10 000 lines are kept, the oldest dropped", async () => {
  const path = await api.enqueue("1", "a");
  for (let at = 0; at < 11; at += 1) {
    const lines = Array.from({ length: 1000 }, (_, i) => ({ message: `m${at * 1000 + i}` }));
    expect((await api.post(`${path}/logs`, lines)).body).toEqual({ lines: (at + 1) * 1000 });
  }
  expect(messages((await api.get(`${path}/logs?limit=1`)).body)).toEqual(["m1000"]);
});

test("a log stays writable and readable when its job has ended and is kept", async () => {
  const path = await api.enqueue("1", "a", { retain: 60_000 });
  await api.take();
  await api.post(`${path}/logs`, { message: "at work" });
  await api.post(`${path}/finish`);
  expect((await api.post(`${path}/logs`, { message: "after" })).body).toEqual({ lines: 2 });
  expect(messages((await api.get(`${path}/logs`)).body)).toEqual(["at work", "after"]);
});

test("404 when there is no such job", async () => {
  expect((await api.get(`${jobPath("1", "none")}/logs`)).status).toBe(404);
  expect((await api.post(`${jobPath("1", "none")}/logs`, { message: "x" })).status).toBe(404);
});

test.each([
  [{}, "/message"],
  [{ message: 1 }, "/message"],
  [{ message: "x", level: "" }, "/level"],
  [{ message: "x", level: "in fo" }, "/level"],
  [{ message: "x", at: -1 }, "/at"],
  [{ message: "x", line: 1 }, "/line"],
  [[{ message: "x" }, { message: "x", at: "now" }], "/1/at"],
  [[], ""],
  ["7", ""],
])("P13 refuses %j and adds nothing", async (line, path) => {
  const job = await api.enqueue("1", "a");
  const { status, body } = await api.post(`${job}/logs`, line);
  expect([status, body.errors[0].path]).toEqual([400, path]);
  expect((await api.get(`${job}/logs`)).body.items).toEqual([]);
});

test("413 for a message that is too long, and for too many lines", async () => {
  const path = await api.enqueue("1", "a");
  expect((await api.post(`${path}/logs`, { message: "x".repeat(8192) })).status).toBe(200);
  const long = await api.post(`${path}/logs`, { message: "x".repeat(8193) });
  expect([long.status, long.body.errors[0].path]).toEqual([413, "/message"]);
  const lines = Array(1001).fill({ message: "x" });
  expect((await api.post(`${path}/logs`, lines)).status).toBe(413);
});
