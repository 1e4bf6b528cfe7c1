import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { listen, realEngine } from "../support/http-server.js";
import { PrivateRedis } from "../support/private-redis.js";

let redis: PrivateRedis;
let listening: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  redis = await PrivateRedis.start();
  listening = await listen(realEngine(redis.connect()));
});
afterAll(async () => {
  await listening.server.close(0);
  await redis.stop();
});

const word = fc.oneof(
  fc.constantFrom(
    "sms",
    "1",
    "j1",
    "active",
    "__proto__",
    "%00",
    "%zz",
    "%F0%9F%98%80",
    "..",
    "a.b",
    "",
    "%2F",
    "a%20b",
  ),
  fc.string({ unit: "binary" }).map(encodeURIComponent),
);
const path = fc
  .tuple(
    fc.constantFrom("enqueue", "dequeue", "finish", "interval", "metrics", "deletequeue", "deepstatus", "", "x"),
    fc.array(word, { maxLength: 4 }),
    fc.constantFrom(
      "",
      "/",
      "//",
      "?queue_id=1",
      "?queue_id[]=1&queue_id=2",
      "?lease=%zz",
      "?lease=x&__proto__=1",
      "?count=3",
      "?count=500&wait=1",
      "?count=-1&wait=x",
      "?wait=1&queue_id=1",
      "?&&=",
    ),
  )
  .map(([first, words, end]) => `/${[first, ...words].join("/")}${end}`);
const field = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<unknown>(0, -1, 1.5, 2 ** 53, null, "1", [], {}, true, "a".repeat(200)),
);
const item = fc.record(
  {
    queue_id: fc.constantFrom<unknown>("1", "2", 3),
    job_id: fc.oneof(fc.constantFrom<unknown>("j1", "j2", "active"), field),
    interval: fc.oneof(fc.constantFrom<unknown>(0, 1), field),
    payload: fc.oneof(fc.constantFrom<unknown>({ max_queued_length: 1 }, { max_queued_length: -1 }), field),
    requeue_limit: field,
    delay: field,
    priority: field,
    expire: field,
    retain: field,
    purge_all: field,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  item.map((value) => Buffer.from(JSON.stringify(value))),
  fc.array(fc.oneof(item, field), { maxLength: 5 }).map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    Buffer.alloc(0),
    Buffer.alloc(70_000, "["),
    Buffer.from(`{"job_id":"deep","interval":0,"payload":${"[".repeat(20_000)}${"]".repeat(20_000)}}`),
    Buffer.from('{"job_id":"j","interval":0,"payload":{"__proto__":{"x":1}},"payload":"\\ud800"}'),
    Buffer.from(`[${'{"queue_id":"q","job_id":"j","interval":0,"payload":[],"delay":1},'.repeat(900)}null]`),
    Buffer.from(`[${"[".repeat(20_000)}${"]".repeat(20_000)}]`),
    Buffer.from([0xff, 0xfe, 0x7b, 0x00]),
  ),
);
const headers = fc.constantFrom<Record<string, string>>(
  {},
  { "Content-Type": "application/json" },
  { "Content-Type": "\t;;=" },
  { "Content-Encoding": "gzip" },
  { "Content-Encoding": "br" },
  { "Transfer-Encoding": "chunked" },
  { Expect: "200-maybe" },
  { "If-None-Match": "*", "If-Modified-Since": "x" },
  { Range: "bytes=0-1" },
  { Connection: "Upgrade", Upgrade: "websocket" },
);
const method = fc.constantFrom(
  "GET",
  "POST",
  "DELETE",
  "HEAD",
  "PUT",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "GET",
  "POST",
);

function send(port: number, shot: { method: string; path: string; headers: Record<string, string>; body: Buffer }) {
  return new Promise<{ status: number; type: string; text: string }>((done, failed) => {
    const { body, headers, ...options } = shot;
    // A connection of its own for each: what one leaves unread must not reach the next.
    const framed = "Transfer-Encoding" in headers ? headers : { ...headers, "Content-Length": String(body.length) };
    const request = httpRequest({ port, host: "127.0.0.1", agent: false, ...options, headers: framed }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        done({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text }),
      );
    });
    request.on("error", failed);
    request.end(body);
  });
}

/** Nearly right: most of these are wrong in one place only, and some are right. */
const near = fc.record({
  method: fc.constant("POST"),
  path: fc.constantFrom("/enqueue/sms/1/", "/enqueue/sms/active", "/finish/sms/1/j1/", "/interval/sms/1/"),
  headers: fc.constant({}),
  body: fc
    .record({
      job_id: fc.constantFrom<unknown>("j1", "j2", "j 3", 4),
      interval: fc.constantFrom<unknown>(0, 10, -1, "1"),
      payload: fc.oneof(field, fc.constant("x".repeat(70_000))),
    })
    .map((value) => Buffer.from(JSON.stringify(value))),
});
const rubbish = fc.record({ method, path, headers, body });

const SHOTS = 5000;
const AT_ONCE = 20;

test("P13 none of 5 000 requests of rubbish gets a 5xx, and every answer is JSON", async () => {
  const { address, url, errors } = listening;
  const seed = Date.now();
  const shots = fc.sample(fc.oneof({ weight: 4, arbitrary: rubbish }, { weight: 1, arbitrary: near }), {
    numRuns: SHOTS,
    seed,
  });
  const statuses = new Set<number>();
  const check = async (shot: (typeof shots)[number]) => {
    const { status, type, text } = await send(address.port, shot);
    const what = { seed, method: shot.method, path: shot.path, headers: shot.headers, text };
    expect({ ...what, failed: status >= 500 }).toEqual({ ...what, failed: false });
    statuses.add(status);
    expect({ ...what, type }).toEqual({ ...what, type: "application/json" });
    if (text !== "") JSON.parse(text);
  };
  for (let at = 0; at < SHOTS; at += AT_ONCE) await Promise.all(shots.slice(at, at + AT_ONCE).map(check));
  expect(errors).toEqual([]);
  // The rubbish reached all that it was made for.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 404, 405, 413]));
  expect((await fetch(url)).status).toBe(200);
}, 60_000);
