import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import request from "supertest";
import type { Engine } from "../../src/engine/engine.js";
import { createApp } from "../../src/http/app.js";
import { sharq } from "../../src/http/dialects/sharq.js";
import { createListener } from "../../src/http/listener.js";
import { ClusterConnection } from "../../src/redis/cluster.js";
import { connect } from "../../src/redis/connect.js";
import { engineOn, LEASE_MS } from "../support/engines.js";
import { useEngine } from "../support/fixture.js";
import { RedisCluster } from "../support/redis-cluster.js";

const BODY_LIMIT = 4096;

const fixture = useEngine();
const errors: unknown[] = [];
let http: ReturnType<typeof request>;

/** The ways in which the same routes are served. */
const ways = {
  "Express alone": createApp,
  "the listener in front of it": createListener,
  "the listener, on a Redis Cluster": createListener,
};

/** What the tests need to look behind the answers. */
const served = {} as { engine: Engine; keys(): Promise<number> };

function serveBy(way: keyof typeof ways): void {
  const engineOf = way.includes("Cluster") ? useCluster() : useSingle();
  beforeEach(async () => {
    errors.length = 0;
    Object.assign(served, await engineOf());
    const onError = (error: unknown) => errors.push(error);
    http = request(ways[way]({ engine: served.engine, dialects: [sharq], bodyLimit: BODY_LIMIT, onError }));
  });
}

function useSingle() {
  return async () => ({ engine: fixture.engine, keys: () => fixture.redis.dbsize() });
}

/** Starts a cluster for the tests of a block, and empties it before each of them. */
function useCluster() {
  let cluster: RedisCluster;
  let redis: ClusterConnection;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    redis = new ClusterConnection({ nodes: cluster.endpoints, commandTimeoutMs: 1500 }, pino({ level: "silent" }));
    await connect(redis);
  });
  afterAll(async () => {
    redis.disconnect();
    await cluster.stop();
  });
  return async () => {
    const masters = [0, 1, 2].map((index) => cluster.master(index).redis);
    await Promise.all(masters.map((master) => master.flushall()));
    const keys = async () => (await Promise.all(masters.map((master) => master.dbsize()))).reduce((a, b) => a + b);
    return { engine: engineOn(redis, fixture.clock), keys };
  };
}

const job = (more: object = {}) => ({ job_id: "j1", interval: 1000, payload: { message: "hello, world" }, ...more });
const enqueue = (body: object = job(), path = "/enqueue/sms/1/") => http.post(path).send(body);
const failure = (message: string) => ({ status: "failure", message });

describe.each(["Express alone", "the listener in front of it"] as const)("the SHARQ API served by %s", (way) => {
  serveBy(way);

  describe("general", () => {
    test("GET / greets", async () => {
      const { status, body, headers } = await http.get("/");
      expect([status, body]).toEqual([200, { message: "Hello, SharQ!" }]);
      expect(headers["content-type"]).toBe("application/json");
      expect(headers["x-powered-by"]).toBeUndefined();
    });

    test.each([
      ["get", "/metrics"],
      ["get", "/metrics/sms"],
      ["get", "/metrics/sms/1"],
      ["get", "/deepstatus"],
      ["delete", "/deletequeue/sms/1"],
    ] as const)("%s %s works with and without a trailing slash", async (method, path) => {
      expect((await http[method](path)).status).toBe(200);
      expect((await http[method](`${path}/`)).status).toBe(200);
    });

    test("an unknown path is a 404 in JSON", async () => {
      for (const path of ["/nothing", "/enqueue/", "/enqueue/sms/1/2/", "/dequeue//", "/METRICS/"]) {
        const { status, body, headers } = await http.get(path);
        expect([path, status, body]).toEqual([path, 404, failure("There is no such path.")]);
        expect(headers["content-type"]).toBe("application/json");
      }
    });

    test.each([
      ["put", "/", "GET, HEAD"],
      ["get", "/enqueue/sms/1/", "POST"],
      ["post", "/dequeue/sms/", "GET"],
      ["options", "/dequeue/", "GET"],
      ["get", "/finish/sms/1/j1", "POST"],
      ["delete", "/interval/sms/1/", "POST"],
      ["post", "/metrics/", "GET, HEAD"],
      ["get", "/deletequeue/sms/1/", "DELETE"],
      ["patch", "/deepstatus/", "GET, HEAD"],
    ] as const)("%s %s is a 405 that allows %s", async (method, path, allow) => {
      const { status, body, headers } = await http[method](path);
      expect([status, headers["allow"]]).toEqual([405, allow]);
      expect(body).toEqual(failure(`${method.toUpperCase()} is not allowed here.`));
    });

    test("HEAD works where GET does, and takes no job", async () => {
      await enqueue();
      expect((await http.head("/metrics/")).status).toBe(200);
      const refused = await http.head("/dequeue/sms/");
      expect([refused.status, refused.headers["allow"]]).toEqual([405, "GET"]);
      expect((await http.get("/dequeue/sms/")).status).toBe(200);
    });

    test("a conditional request gets its job and never a 304", async () => {
      await enqueue();
      const { status, body } = await http.get("/dequeue/sms/").set("If-None-Match", "*");
      expect([status, body.job_id]).toEqual([200, "j1"]);
    });

    test.each(["a.b", "a b", "ä", "", "a".repeat(101), "a:b", "{x}"])("%j is no name", async (name) => {
      const encoded = encodeURIComponent(name);
      if (name !== "") {
        const { status, body } = await enqueue(job(), `/enqueue/${encoded}/1/`);
        expect([status, body]).toEqual([400, failure("`queue_type` has an invalid value.")]);
        expect((await http.get(`/dequeue/${encoded}/`)).status).toBe(400);
        expect((await http.post(`/finish/sms/1/${encoded}/`)).body).toEqual(failure("`job_id` has an invalid value."));
        const inPath = await enqueue(job(), `/enqueue/sms/${encoded}/`);
        expect([inPath.status, inPath.body]).toEqual([400, failure("`queue_id` has an invalid value.")]);
      }
      const { status, body } = await enqueue(job({ job_id: name }));
      expect([status, body]).toEqual([400, failure("`job_id` has an invalid value.")]);
    });

    test.each([
      "active",
      "payload",
      "interval",
      "ready",
      "queue_type",
      "__proto__",
      "constructor",
      "-",
      "a".repeat(100),
    ])("%s is a good name for a type, a queue and a job, and collides with nothing", async (name) => {
      expect((await enqueue(job({ job_id: name }), `/enqueue/${name}/${name}/`)).status).toBe(201);
      expect((await http.get(`/metrics/${name}/`)).body).toEqual({ status: "success", queue_ids: [name] });
      const { body } = await http.get(`/dequeue/${name}/`);
      expect(body).toMatchObject({ queue_id: name, job_id: name, payload: { message: "hello, world" } });
      expect((await http.post(`/finish/${name}/${name}/${name}/`)).status).toBe(200);
    });

    test("a path that is not valid percent-encoding is a 400", async () => {
      const { status, body } = await http.get("/dequeue/%zz/");
      expect([status, body]).toEqual([400, failure("The path is not valid percent-encoding.")]);
    });
  });

  describe("enqueue", () => {
    test("stores a job", async () => {
      const { status, body } = await enqueue();
      expect([status, body]).toEqual([201, { status: "queued" }]);
    });

    test("takes a body whatever its content type says", async () => {
      for (const [index, type] of ["application/x-www-form-urlencoded", "text/plain", "x"].entries()) {
        const { status } = await http
          .post("/enqueue/sms/1")
          .type(type)
          .send(JSON.stringify(job({ job_id: `t${index}` })));
        expect(status).toBe(201);
      }
    });

    test.each([
      ["", "The request body is missing; it must be a JSON object."],
      ["{", "The request body is not valid JSON."],
      ["[]", "The request body is not a JSON object."],
      ["null", "The request body is not a JSON object."],
      ['"x"', "The request body is not a JSON object."],
      ["{}", "`job_id` is a mandatory parameter"],
      ['{"job_id":"a"}', "`interval` is a mandatory parameter"],
      ['{"job_id":"a","interval":1}', "`payload` is a mandatory parameter"],
    ])("refuses the body %j", async (text, message) => {
      const { status, body } = await http.post("/enqueue/sms/1/").type("json").send(text);
      expect([status, body]).toEqual([400, failure(message)]);
      expect(await served.keys()).toBe(0);
    });

    const integer = (from: number, to: number) => `It must be an integer from ${from} to ${to}`;
    test.each([
      ["interval", -1, `${integer(0, Number.MAX_SAFE_INTEGER)}.`],
      ["interval", 1.5, `${integer(0, Number.MAX_SAFE_INTEGER)}.`],
      ["interval", "1000", `${integer(0, Number.MAX_SAFE_INTEGER)}.`],
      ["interval", null, `${integer(0, Number.MAX_SAFE_INTEGER)}.`],
      ["interval", 2 ** 53, `${integer(0, Number.MAX_SAFE_INTEGER)}.`],
      ["requeue_limit", -2, `${integer(-1, 2147483647)}, or null.`],
      ["requeue_limit", "1", `${integer(-1, 2147483647)}, or null.`],
      ["delay", -1, `${integer(0, 315360000000)}.`],
      ["priority", 1001, `${integer(-1000, 1000)}.`],
      ["expire", 0, `${integer(1, 315360000000)}.`],
      ["retain", true, `${integer(0, 315360000000)}.`],
    ])("refuses %s = %j", async (field, value, hint) => {
      const { status, body } = await enqueue(job({ [field]: value }));
      expect([status, body]).toEqual([400, failure(`\`${field}\` has an invalid value. ${hint}`)]);
      expect(await served.keys()).toBe(0);
    });

    test("names unknown fields, so that a misspelt one does not pass", async () => {
      const { status, body } = await enqueue(job({ requeue_limt: 3, x: 1 }));
      expect([status, body]).toEqual([400, failure("`requeue_limt`, `x`: no such parameter.")]);
    });

    test("refuses a body that is too large, is not UTF-8, or can't be unpacked", async () => {
      const large = await enqueue(job({ payload: "x".repeat(BODY_LIMIT) }));
      expect([large.status, large.body]).toEqual([
        413,
        failure(`The request body is larger than ${BODY_LIMIT} bytes.`),
      ]);
      const post = () => http.post("/enqueue/sms/1/").type("json");
      const binary = await post()
        .serialize((data) => data)
        .send(Buffer.from([0x22, 0xff, 0x22]) as unknown as string);
      expect([binary.status, binary.body]).toEqual([400, failure("The request body is not valid UTF-8.")]);
      expect((await post().set("Content-Encoding", "gzip").send("{}")).status).toBe(400);
      expect((await post().set("Content-Encoding", "none-such").send("{}")).status).toBe(415);
      expect(await served.keys()).toBe(0);
    });

    test("P9 an id that lives is told apart and nothing is changed", async () => {
      await enqueue();
      const { status, body } = await enqueue(job({ payload: "other", interval: 1 }));
      expect([status, body]).toEqual([201, { status: "queued", duplicate: true }]);
      expect((await http.get("/dequeue/sms/")).body.payload).toEqual({ message: "hello, world" });
    });

    test("a payload with max_queued_length limits the length of the queue", async () => {
      const limited = (id: string) => enqueue(job({ job_id: id, payload: { max_queued_length: 2 } }));
      expect((await limited("a")).body).toEqual({ status: "queued", current_queue_length: 0 });
      expect((await limited("b")).body).toEqual({ status: "queued", current_queue_length: 1 });
      const { status, body } = await limited("c");
      expect([status, body]).toEqual([429, { ...failure("Max queue length reached"), current_queue_length: 2 }]);
      expect((await enqueue(job({ job_id: "d", payload: { max_queued_length: "2" } }))).body).toEqual({
        status: "queued",
      });
    });
  });

  describe("dequeue", () => {
    test("hands out a job with everything about its dispatch", async () => {
      await enqueue(job({ requeue_limit: 5 }));
      const { status, body } = await http.get("/dequeue/sms/");
      expect(status).toBe(200);
      expect(body).toEqual({
        status: "success",
        queue_id: "1",
        job_id: "j1",
        payload: { message: "hello, world" },
        requeues_remaining: 5,
        current_queue_length: 0,
        lease: expect.any(String),
        attempt: 1,
        lease_expires_at: fixture.clock.ms + LEASE_MS,
      });
    });

    test("without a type it takes from `default`", async () => {
      await enqueue(job(), "/enqueue/default/q/");
      expect((await http.get("/dequeue/")).body.queue_id).toBe("q");
    });

    test("an empty answer says when something will be ready", async () => {
      const never = await http.get("/dequeue/sms/");
      expect([never.status, never.body]).toEqual([404, { status: "failure", next_ready_in: null }]);
      await enqueue();
      await enqueue(job({ job_id: "j2" }));
      expect((await http.get("/dequeue/sms/")).body.current_queue_length).toBe(1);
      const soon = await http.get("/dequeue/sms/");
      expect([soon.status, soon.body]).toEqual([404, { status: "failure", next_ready_in: 1000 }]);
    });

    test("?queue_id= asks one queue only", async () => {
      await enqueue(job(), "/enqueue/sms/a/");
      await enqueue(job(), "/enqueue/sms/b/");
      expect((await http.get("/dequeue/sms/?queue_id=c")).status).toBe(404);
      expect((await http.get("/dequeue/sms/?queue_id=b")).body.queue_id).toBe("b");
      expect((await http.get("/dequeue/sms/?queue_id=b")).body.next_ready_in).toBeNull();
      for (const query of ["queue_id=", "queue_id=a.b", "queue_id=a&queue_id=b"]) {
        const { status, body } = await http.get(`/dequeue/sms/?${query}`);
        expect([status, body]).toEqual([400, failure("`queue_id` has an invalid value.")]);
      }
    });

    test("the payload comes back byte for byte", async () => {
      const payload = '{"big": 12345678901234567890.10, "z":1,"a":{"é":"\\u00e9\\ud800"}, "e": -0.0 }';
      await http.post("/enqueue/sms/1/").type("json").send(`{"payload" : ${payload} , "job_id":"j", "interval":0}`);
      expect((await http.get("/dequeue/sms/")).text).toContain(`"payload":${payload},`);
    });

    test("takes delay, priority, lease length and requeue limit into account", async () => {
      await enqueue(job({ job_id: "late", delay: 50, interval: 0 }));
      await enqueue(job({ job_id: "low", interval: 0, requeue_limit: null }));
      await enqueue(job({ job_id: "high", interval: 0, priority: 1, expire: 9000 }));
      const first = (await http.get("/dequeue/sms/")).body;
      expect([first.job_id, first.lease_expires_at]).toEqual(["high", fixture.clock.ms + 9000]);
      fixture.clock.passUs(1);
      const second = (await http.get("/dequeue/sms/")).body;
      expect([second.job_id, second.requeues_remaining]).toEqual(["low", -1]);
      expect((await http.get("/dequeue/sms/")).body.next_ready_in).toBe(50);
    });
  });

  describe("dequeues of several and with patience", () => {
    test("?count= hands out several jobs, each queue's as its rate allows", async () => {
      for (const id of ["j1", "j2"]) await enqueue(job({ job_id: id }));
      for (const id of ["j3", "j4"]) await enqueue(job({ job_id: id, interval: 0 }), "/enqueue/sms/2/");
      const { status, body } = await http.get("/dequeue/sms/?count=10");
      expect([status, body.status]).toEqual([200, "success"]);
      expect(body.jobs.map((each: { job_id: string }) => each.job_id)).toEqual(["j1", "j3", "j4"]);
      expect(body.jobs[2]).toEqual({
        queue_id: "2",
        job_id: "j4",
        payload: { message: "hello, world" },
        requeues_remaining: -1,
        current_queue_length: 0,
        lease: expect.any(String),
        attempt: 1,
        lease_expires_at: fixture.clock.ms + LEASE_MS + 1,
      });
      const empty = await http.get("/dequeue/sms/?count=1");
      expect([empty.status, empty.body]).toEqual([404, { status: "failure", next_ready_in: 1000 }]);
    });

    test("?count=1 answers with a list of one", async () => {
      await enqueue();
      expect((await http.get("/dequeue/sms/?count=1")).body.jobs).toHaveLength(1);
    });

    test.each([
      ["count", "an integer from 1 to 500", ["0", "501", "-1", "1.5", "", "x", "1&count=2", "9999999999"]],
      ["wait", "an integer from 0 to 60000", ["60001", "-1", "1.5", "", "x", "1e3", "1&wait=2"]],
    ])("a wrong %s is refused, and takes no job", async (field, allowed, values) => {
      await enqueue();
      for (const value of values) {
        const { status, body } = await http.get(`/dequeue/sms/?${field}=${value}`);
        expect([value, status, body]).toEqual([
          value,
          400,
          failure(`\`${field}\` has an invalid value. It must be ${allowed}.`),
        ]);
      }
      expect((await http.get("/dequeue/sms/?count=500&wait=0")).body.jobs).toHaveLength(1);
    });

    test("?wait= answers at once when a job is ready, and with 404 when the time is over", async () => {
      await enqueue();
      expect((await http.get("/dequeue/sms/?wait=60000")).body.job_id).toBe("j1");
      const empty = await http.get("/dequeue/sms/?wait=10");
      expect([empty.status, empty.body]).toEqual([404, { status: "failure", next_ready_in: null }]);
    });
  });

  describe("batches", () => {
    const items = (...ids: string[]) => ids.map((id) => job({ job_id: id, queue_id: `q-${id}` }));

    test("a batch of enqueues is answered item by item, and a bad one does not stop the others", async () => {
      await enqueue(job({ job_id: "a" }), "/enqueue/sms/q-a/");
      const limited = { ...job({ job_id: "c", queue_id: "q-a" }), payload: { max_queued_length: 1 } };
      const batch = [...items("a", "b"), 7, { ...job({ job_id: "d" }) }, limited, { ...limited, queue_id: "q-c" }];
      const { status, body } = await http.post("/enqueue/sms/").send([...batch, { ...items("e")[0], prioritee: 1 }]);
      expect([status, body]).toEqual([
        200,
        {
          status: "success",
          results: [
            { status: "queued", duplicate: true },
            { status: "queued" },
            failure("The item is not a JSON object."),
            failure("`queue_id` is a mandatory parameter"),
            { ...failure("Max queue length reached"), current_queue_length: 1 },
            { status: "queued", current_queue_length: 0 },
            failure("`prioritee`: no such parameter."),
          ],
        },
      ]);
      expect((await http.get("/metrics/sms/")).body.queue_ids).toEqual(["q-a", "q-b", "q-c"]);
    });

    test("payloads of a batch come back byte for byte", async () => {
      const payloads = ['{"big": 12345678901234567890.10, "a":{"]":"\\"}"}}', "[1, [2,{}] ]", '"]},{"', "-0.0", "null"];
      const text = payloads.map(
        (payload, i) => `{"job_id":"j${i}", "queue_id":"q","payload" : ${payload} ,"interval":0}`,
      );
      expect(
        (
          await http
            .post("/enqueue/sms")
            .type("json")
            .send(` [ ${text.join(" , ")} ] `)
        ).status,
      ).toBe(200);
      const answer = await http.get("/dequeue/sms/?count=9");
      for (const payload of payloads) expect(answer.text).toContain(`"payload":${payload},`);
    });

    test("a batch of finishes is answered item by item", async () => {
      await http.post("/enqueue/sms/").send(items("a", "b", "c"));
      const { jobs } = (await http.get("/dequeue/sms/?count=2")).body;
      const { status, body } = await http
        .post("/finish/sms/")
        .send([
          { queue_id: "q-a", job_id: "a", lease: jobs[0].lease },
          { queue_id: "q-b", job_id: "b", lease: "1" },
          { queue_id: "q-b", job_id: "b" },
          { queue_id: "q-b", job_id: "b" },
          { queue_id: "q-c", job_id: "c" },
          { queue_id: "q-c" },
          { queue_id: "q-c", job_id: "c", lease: 5 },
          null,
        ]);
      expect([status, body]).toEqual([
        200,
        {
          status: "success",
          results: [
            { status: "success" },
            failure("The lease is over; the job may be another worker's"),
            { status: "success" },
            failure("The job is not active"),
            failure("The job is not active"),
            failure("`job_id` is a mandatory parameter"),
            failure("`lease` has an invalid value."),
            failure("The item is not a JSON object."),
          ],
        },
      ]);
    });

    test.each(["/enqueue/sms/", "/finish/sms/"])("POST %s refuses what is no list", async (path) => {
      for (const [body, message] of [
        ["", "The request body is missing; it must be a JSON array."],
        ["{}", "The request body is not a JSON array."],
        ["[", "The request body is not valid JSON."],
        [`[${"1,".repeat(1000)}1]`, "The request body has more than 1000 items."],
      ]) {
        const answer = await http.post(path).type("json").send(body);
        expect([answer.status, answer.body]).toEqual([400, failure(message ?? "")]);
      }
      expect((await http.post(path).send([])).body).toEqual({ status: "success", results: [] });
    });
  });

  describe("finish", () => {
    test("ends the job, once", async () => {
      await enqueue();
      await http.get("/dequeue/sms/");
      const done = await http.post("/finish/sms/1/j1/");
      expect([done.status, done.body]).toEqual([200, { status: "success" }]);
      const again = await http.post("/finish/sms/1/j1/");
      expect([again.status, again.body]).toEqual([404, { status: "failure" }]);
    });

    test("needs no body and does not care about one", async () => {
      await enqueue();
      await http.get("/dequeue/sms/");
      expect((await http.post("/finish/sms/1/j1").type("json").send("{rubbish")).status).toBe(200);
    });

    test("P8 a stale lease is a 409 and changes nothing", async () => {
      await enqueue();
      const { lease } = (await http.get("/dequeue/sms/")).body;
      const stale = await http.post("/finish/sms/1/j1/?lease=17");
      expect([stale.status, stale.body.status, typeof stale.body.message]).toEqual([409, "failure", "string"]);
      for (const query of ["lease=", "laese=17", "lease[]=17", "lease=1&lease=2"]) {
        expect((await http.post(`/finish/sms/1/j1/?${query}`)).status).toBe(400);
      }
      expect((await http.post(`/finish/sms/1/j1/?lease=${lease}`)).status).toBe(200);
    });

    test("a retained job is readable after its end", async () => {
      await enqueue(job({ retain: 1000 }));
      await http.get("/dequeue/sms/");
      await http.post("/finish/sms/1/j1/");
      const kept = await served.engine.jobs.get({ queueType: "sms", queueId: "1", jobId: "j1" });
      expect(kept).toMatchObject({ state: "finished", endedAtMs: fixture.clock.ms });
    });
  });

  describe("interval", () => {
    test("P11 changes the interval of a queue that is there", async () => {
      await enqueue();
      await enqueue(job({ job_id: "j2" }));
      await http.get("/dequeue/sms/");
      const { status, body } = await http.post("/interval/sms/1/").send({ interval: 10 });
      expect([status, body]).toEqual([200, { status: "success" }]);
      expect((await http.get("/dequeue/sms/")).body.next_ready_in).toBe(10);
    });

    test("is a 404 for a queue that is not there", async () => {
      const { status, body } = await http.post("/interval/sms/none/").send({ interval: 10 });
      expect([status, body]).toEqual([404, { status: "failure" }]);
    });

    test("refuses bad input", async () => {
      const answers = ["", "{}", '{"interval":"1"}', '{"interval":1,"x":2}', '{"interval":-1}'].map((text) =>
        http.post("/interval/sms/1/").type("json").send(text),
      );
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    });
  });

  describe("metrics", () => {
    test("of the installation: types, and counts of ten minutes", async () => {
      await enqueue();
      await http.get("/dequeue/sms/");
      const { status, body } = await http.get("/metrics/");
      const minute = Math.floor(fixture.clock.ms / 60_000) * 60_000;
      const minutes = Array.from({ length: 10 }, (_, i) => String(minute - (9 - i) * 60_000));
      expect([status, body.status, body.queue_types]).toEqual([200, "success", ["sms"]]);
      expect(Object.keys(body.enqueue_counts)).toEqual(minutes);
      expect(Object.values(body.enqueue_counts)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
      expect(Object.values(body.dequeue_counts)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    });

    test("of an installation that nobody uses", async () => {
      const { body } = await http.get("/metrics/");
      expect(body.queue_types).toEqual([]);
      expect(Object.values(body.enqueue_counts)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    });

    test("of a type: queues with queued or active jobs", async () => {
      expect((await http.get("/metrics/sms/")).body).toEqual({ status: "success", queue_ids: [] });
      await enqueue(job(), "/enqueue/sms/b/");
      await http.get("/dequeue/sms/");
      await enqueue(job(), "/enqueue/sms/a/");
      expect((await http.get("/metrics/sms/")).body).toEqual({ status: "success", queue_ids: ["a", "b"] });
    });

    test("of a queue: its length and counts", async () => {
      await enqueue();
      const { body } = await http.get("/metrics/sms/1/");
      expect(body).toMatchObject({ status: "success", queue_length: 1 });
      expect(Object.values(body.enqueue_counts)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
      expect(Object.values(body.dequeue_counts)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    });
  });

  describe("deletequeue", () => {
    test("removes the queued jobs", async () => {
      await enqueue();
      const { status, body } = await http.delete("/deletequeue/sms/1/");
      expect([status, body]).toEqual([200, { status: "Success", message: "Successfully removed all queued calls" }]);
      const again = await http.delete("/deletequeue/sms/1/").send({ purge_all: false });
      expect([again.status, again.body]).toEqual([200, { status: "Failure", message: "No queued calls found" }]);
    });

    test("with purge_all also what belongs to the queue", async () => {
      await enqueue();
      const { body } = await http.delete("/deletequeue/sms/1/").send({ purge_all: true });
      const message = "Successfully removed all queued calls and purged related resources";
      expect(body).toEqual({ status: "Success", message });
      expect(Object.values((await http.get("/metrics/sms/1/")).body.enqueue_counts).every((count) => count === 0)).toBe(
        true,
      );
    });

    test("refuses bad input and removes nothing", async () => {
      await enqueue();
      for (const text of ["x", "[]", '{"purge_all":1}', '{"purge":true}']) {
        expect((await http.delete("/deletequeue/sms/1/").type("json").send(text)).status).toBe(400);
      }
      expect((await http.get("/metrics/sms/1/")).body.queue_length).toBe(1);
    });
  });

  test("deepstatus writes and reads Redis", async () => {
    const { status, body } = await http.get("/deepstatus/");
    expect([status, body]).toEqual([200, { status: "success" }]);
    expect(await fixture.redis.exists("{test}:probe")).toBe(1);
  });

  test("P13 a fault of our own is a 500 in JSON that tells nothing, and is reported", async () => {
    await fixture.redis.set("{test:sms}:ready", "not a sorted set");
    const { status, body } = await http.get("/dequeue/sms/");
    expect([status, body]).toEqual([500, failure("The server failed; its log says how.")]);
    expect(errors).toHaveLength(1);
  });
});
