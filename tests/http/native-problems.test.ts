import { describe, expect, test } from "@jest/globals";
import { SharqError, type SharqErrorCode } from "../../src/engine/errors.js";
import { listen, sendRaw } from "../support/http-server.js";
import { jobPath, useNative } from "../support/native-api.js";

const api = useNative();
const problem = (status: number, title: string, detail: string) => ({ type: "about:blank", title, status, detail });
const invalid = (...errors: [string, string][]) => ({
  type: "/api/v1/docs#problem-invalid_input",
  title: "Invalid input",
  status: 400,
  errors: errors.map(([path, message]) => ({ path, message })),
});

describe("a problem of the native API", () => {
  test("is application/problem+json for an unknown path, and SHARQ's own form elsewhere", async () => {
    for (const path of ["", "/", "/nothing", "/types/sms/nothing", "/types//queues"]) {
      const { status, type, body } = await api.get(path);
      expect([path, status, type]).toEqual([path, 404, "application/problem+json"]);
      expect(body).toEqual(problem(404, "Not Found", "There is no such path."));
    }
    for (const path of ["/nothing", "/api", "/api/v10", "/api/v1x/types"]) {
      const answer = await fetch(api.listening.url + path);
      expect([answer.status, await answer.json()]).toEqual([
        404,
        { status: "failure", message: "There is no such path." },
      ]);
    }
  });

  test.each([
    ["PUT", "/types", "GET, HEAD"],
    ["GET", "/types/sms/dequeue", "POST"],
    ["POST", "/types/sms", "GET, HEAD, PATCH"],
    ["HEAD", `${jobPath("1", "a")}/events`, "GET"],
    ["HEAD", "/events", "GET"],
  ])("%s %s is a 405 that allows %s", async (method, path, allow) => {
    const { status, headers, type } = await api.send(method, path);
    expect([status, headers.get("allow"), type]).toEqual([405, allow, "application/problem+json"]);
  });

  test("a path that is not valid percent-encoding is a 400", async () => {
    const { status, body } = await api.get("/types/%zz");
    expect([status, body]).toEqual([400, problem(400, "Bad Request", "The path is not valid percent-encoding.")]);
  });

  test("an expectation that can't be met is refused in the form of the path's dialect", async () => {
    const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nExpect: 200-maybe\r\nConnection: close\r\n\r\n`;
    expect(await sendRaw(api.listening.address, head("/api/v1/types"))).toContain("application/problem+json");
    expect(await sendRaw(api.listening.address, head("/metrics"))).toContain('"status":"failure"');
  });

  test("P13 names everything that is wrong with the parameters, at once", async () => {
    const { status, type, body } = await api.get("/types/s.ms/queues?limit=0&order=fastest&x=1&cursor=a&cursor=b");
    expect([status, type]).toEqual([400, "application/problem+json"]);
    expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      "/path/type",
      "/query/cursor",
      "/query/limit",
      "/query/order",
      "/query/x",
    ]);
    expect(body.errors).toContainEqual({ path: "/query/x", message: "is not known" });
    expect(body.errors).toContainEqual({ path: "/query/order", message: "must be one of name, length, ready" });
  });

  test("P13 names everything that is wrong with a body, at once, and nothing is stored", async () => {
    const given = { job_id: "a b", priority: 1001, tags: ["a", "a"], delay: 1, due_at: 1, "x/y~": 1 };
    const { status, body } = await api.post("/types/sms/queues/1/jobs", given);
    expect(status).toBe(400);
    expect(body).toMatchObject(
      invalid(
        ["", "must not have both `delay` and `due_at`"],
        ["/payload", "is missing"],
        ["/x~1y~0", "is not known"],
        ["/job_id", 'must match pattern "^[A-Za-z0-9_-]{1,100}$"'],
        ["/priority", "must be <= 1000"],
        ["/tags", "must NOT have duplicate items (items ## 1 and 0 are identical)"],
      ),
    );
    expect(await api.redis.connect().dbsize()).toBe(0);
  });

  test.each([
    ["", "is missing"],
    [" \n", "is missing"],
    ["{", "must be JSON"],
    ["[]", "must be object"],
    ["null", "must be object"],
    ['"x"', "must be object"],
  ])("P13 the body %j is refused", async (text, message) => {
    const { status, body } = await api.post("/types/sms/queues/1/jobs", text);
    expect([status, body]).toEqual([400, { ...invalid(["", message]), detail: `The body ${message}` }]);
  });

  test("P13 thousands of faults get a short answer", async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, 1]));
    const { status, body } = await api.post("/types/sms/queues/1/jobs", many);
    expect([status, body.errors.length]).toEqual([400, 20]);
  });

  test("a body that is too large, is not UTF-8 or can't be unpacked is a problem too", async () => {
    const post = (body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
      fetch(`${api.listening.url}/api/v1/types/sms/queues/1/jobs`, { method: "POST", body, headers });
    const large = await post(JSON.stringify({ payload: "x".repeat(2_000_000) }));
    expect([large.status, large.headers.get("content-type")]).toEqual([413, "application/problem+json"]);
    expect((await post(new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400);
    expect((await post("{}", { "Content-Encoding": "gzip" })).status).toBe(400);
    expect((await post("{}", { "Content-Encoding": "none-such" })).status).toBe(415);
  });

  test("a fault of the server is a 500 that tells nothing of it", async () => {
    const broken = Object.create(api.engine, {
      clear: { value: () => Promise.reject(new Error("secret")) },
    });
    const { url, errors, server } = await listen(broken);
    const answer = await fetch(`${url}/api/v1/types/sms/queues/1`, { method: "DELETE" });
    expect([answer.status, await answer.json()]).toEqual([
      500,
      problem(500, "Internal Server Error", "The server failed; its log says how."),
    ]);
    expect(errors).toEqual([new Error("secret")]);
    await server.close(0);
  });
});

describe("a refusal of the engine", () => {
  const refused = async (code: SharqErrorCode, more = {}) => {
    const error = new SharqError(code, "It is so.", more);
    const refusing = Object.create(api.engine, { clear: { value: () => Promise.reject(error) } });
    const { url, server } = await listen(refusing);
    const answer = await fetch(`${url}/api/v1/types/sms/queues/1`, { method: "DELETE" });
    const body = await answer.json();
    await server.close(0);
    expect([answer.headers.get("content-type"), body.type, body.status]).toEqual([
      "application/problem+json",
      `/api/v1/docs#problem-${code}`,
      answer.status,
    ]);
    return { status: answer.status, body, headers: answer.headers };
  };

  test.each([
    ["unknown_job", 404],
    ["unknown_queue", 404],
    ["not_active", 404],
    ["wrong_state", 409],
    ["stale_lease", 409],
    ["not_dispatchable", 409],
    ["bad_cursor", 400],
    ["bad_limit", 400],
  ] as const)("%s is a %i with its reason", async (code, status) => {
    expect(await refused(code)).toMatchObject({ status, body: { detail: "It is so." } });
  });

  test("queue_full is a 429 that says how many jobs wait", async () => {
    const { status, body } = await refused("queue_full", { waiting: 7 });
    expect([status, body.detail]).toEqual([429, "The queue's length limit is reached; 7 jobs wait in it."]);
  });

  test("a cursor that was not given out is told as a wrong parameter", async () => {
    const { body } = await refused("bad_cursor");
    expect(body.errors).toEqual([{ path: "/query/cursor", message: "must be what this list gave as next_cursor" }]);
  });

  test("P13 an outage of Redis is a 503 with Retry-After", async () => {
    const { status, headers } = await refused("unavailable");
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
  });
});
