import { describe, expect, test } from "@jest/globals";
import { jobPath, useNative } from "../support/native-api.js";

const api = useNative();
const ids = (body: { items: { job_id: string }[] }) => body.items.map(({ job_id }) => job_id);

/** Enqueues and takes a job and makes it a dead letter. */
async function die(queueId: string, jobId: string, more: object = {}): Promise<string> {
  const path = await api.enqueue(queueId, jobId, more);
  await api.take({ queue_id: queueId });
  await api.post(`${path}/fail`, { final: true, error: "dead" });
  return path;
}

describe("GET .../jobs/{job}", () => {
  test("404 when there is no such job", async () => {
    const { status, type, body } = await api.get(jobPath("1", "none"));
    expect([status, type, body.type]).toEqual([404, "application/problem+json", "/api/v1/docs#problem-unknown_job"]);
  });

  test("?fields= gives those fields in their order and refuses others", async () => {
    const path = await api.enqueue("1", "a");
    expect((await api.get(`${path}?fields=state,job_id,payload`)).text).toBe(
      '{"state":"queued","job_id":"a","payload":{"is":"a"}}',
    );
    for (const fields of ["", "lease", "state,", "state,none"]) {
      const { status, body } = await api.get(`${path}?fields=${fields}`);
      expect([fields, status, body.errors[0].path]).toEqual([fields, 400, expect.stringMatching(/^\/query\/fields/)]);
    }
  });

  test("HEAD works where GET does", async () => {
    const path = await api.enqueue("1", "a");
    expect(await api.send("HEAD", path)).toMatchObject({ status: 200, text: "" });
  });

  test("an id in a path may be that of a dead letter that was moved aside", async () => {
    expect((await api.get(jobPath("1", `${"x".repeat(100)}~1234567890123`))).status).toBe(404);
    for (const id of ["a b", "a.b", "x".repeat(121), "ä"]) {
      const { status, body } = await api.get(jobPath("1", id));
      expect([id, status, body.errors[0].path]).toEqual([id, 400, "/path/job"]);
    }
  });
});

describe("GET /types/{type}/jobs", () => {
  test("lists living, dead and retained jobs, without payloads and outputs", async () => {
    await die("1", "dead");
    const finished = await api.enqueue("1", "finished", { retain: 60_000 });
    await api.take();
    await api.post(`${finished}/finish`, { output: 1 });
    await api.enqueue("1", "active");
    await api.take();
    await api.enqueue("2", "queued", { tags: ["red"] });
    await api.enqueue("2", "scheduled", { delay: 60_000 });
    const { status, body } = await api.get("/types/sms/jobs");
    expect([status, body.next_cursor]).toEqual([200, null]);
    expect(ids(body).sort()).toEqual(["active", "dead", "finished", "queued", "scheduled"]);
    const { payload, output, ...summary } = (await api.get(finished)).body;
    expect(body.items).toContainEqual(summary);
    for (const state of ["scheduled", "queued", "active", "finished"]) {
      expect(ids((await api.get(`/types/sms/jobs?state=${state}`)).body)).toEqual([state]);
    }
    expect(ids((await api.get("/types/sms/jobs?state=failed")).body)).toEqual(["dead"]);
    expect(ids((await api.get("/types/sms/jobs?state=cancelled")).body)).toEqual([]);
    expect(ids((await api.get("/types/sms/jobs?queue=2")).body).sort()).toEqual(["queued", "scheduled"]);
    expect(ids((await api.get("/types/sms/jobs?tag=red")).body)).toEqual(["queued"]);
    expect(ids((await api.get("/types/sms/jobs?search=ishe")).body)).toEqual(["finished"]);
  });

  test("goes from the oldest to the newest or back", async () => {
    for (const id of ["a", "b", "c"]) await api.enqueue("1", id);
    expect(ids((await api.get("/types/sms/jobs?state=queued&queue=1")).body)).toEqual(["a", "b", "c"]);
    expect(ids((await api.get("/types/sms/jobs?state=queued&queue=1&order=newest")).body)).toEqual(["c", "b", "a"]);
  });

  test.each(["", "&state=queued", "&queue=1", "&tag=t", "&search=j", "&order=newest"])(
    "goes page by page and misses nothing with the filter %j",
    async (filter) => {
      const all = Array.from({ length: 7 }, (_, i) => `j${i}`);
      for (const id of all) await api.enqueue("1", id, { tags: ["t"] });
      const found: string[] = [];
      let cursor = "";
      for (let pages = 0; pages < 30; pages += 1) {
        const { body } = await api.get(`/types/sms/jobs?limit=3${filter}${cursor}`);
        expect(body.items.length).toBeLessThanOrEqual(3);
        found.push(...ids(body));
        if (body.next_cursor === null) break;
        cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
      }
      expect(found.sort()).toEqual(all);
    },
  );

  test.each(["limit=0", "state=dead", "queue=a:b", "tag=", "search=", "order=ready", "type=sms", "cursor=x"])(
    "P13 refuses ?%s",
    async (query) => {
      const { status, body } = await api.get(`/types/sms/jobs?${query}`);
      expect([status, body.errors[0].path]).toEqual([400, `/query/${query.split("=")[0]}`]);
    },
  );
});

describe("POST .../cancel", () => {
  test.each([{}, { delay: 60_000 }])("ends a job that waits (%j)", async (more) => {
    const path = await api.enqueue("1", "a", { retain: 60_000, ...more });
    const { status, body } = await api.post(`${path}/cancel`);
    expect([status, body]).toMatchObject([200, { state: "cancelled", ended_at: expect.any(Number) }]);
    expect((await api.get(path)).body.state).toBe("cancelled");
    expect((await api.get("/types/sms/queues/1")).body.length).toBe(0);
    expect((await api.post(`${path}/cancel`)).status).toBe(409);
  });

  test("marks an active job, whose worker may still finish it", async () => {
    const path = await api.enqueue("1", "a");
    await api.take();
    expect((await api.post(`${path}/cancel`, {})).body).toMatchObject({ state: "active", cancel_requested: true });
    expect((await api.post(`${path}/finish`)).body.state).toBe("finished");
  });

  test("404 when there is no such job, 400 with a field", async () => {
    expect((await api.post(`${jobPath("1", "none")}/cancel`)).status).toBe(404);
    expect((await api.post(`${jobPath("1", "none")}/cancel`, { lease: "1" })).status).toBe(400);
  });
});

describe("POST .../restart", () => {
  test("enqueues a dead job anew under a new id, and the two point to each other", async () => {
    const path = await die("1", "a", { tags: ["red"] });
    const { status, headers, body } = await api.post(`${path}/restart`);
    expect([status, body]).toMatchObject([
      201,
      { state: "queued", restarted_from: "a", payload: { is: "a" }, tags: ["red"], attempts: 0 },
    ]);
    expect(body.job_id).not.toBe("a");
    expect(headers.get("location")).toBe(`/api/v1${jobPath("1", body.job_id)}`);
    expect((await api.get(path)).body).toMatchObject({ state: "failed", restarted_as: body.job_id });
  });

  test("works for a finished job that is kept, not for a living one", async () => {
    const path = await api.enqueue("1", "a", { retain: 60_000 });
    const refused = await api.post(`${path}/restart`);
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain("queued");
    await api.take();
    await api.post(`${path}/finish`);
    expect((await api.post(`${path}/restart`)).status).toBe(201);
    expect((await api.post(`${jobPath("1", "none")}/restart`)).status).toBe(404);
  });
});

describe("POST /types/{type}/dead/restart", () => {
  test("restarts all dead letters, or those of a queue or with a tag, and answers how many", async () => {
    await die("1", "a", { tags: ["red"] });
    await die("1", "b");
    await die("2", "c", { tags: ["red"] });
    await die("3", "d");
    const restart = async (which?: object) => {
      const { status, body } = await api.post("/types/sms/dead/restart", which);
      expect(status).toBe(200);
      return body;
    };
    expect(await restart({ queue_id: "2" })).toEqual({ restarted: 1 });
    expect(await restart({ tag: "red" })).toEqual({ restarted: 1 });
    expect(await restart()).toEqual({ restarted: 2 });
    expect(await restart({})).toEqual({ restarted: 0 });
    expect((await api.get("/types/sms")).body).toMatchObject({ queued: 4, dead: 0 });
  });

  test.each([[{ queue: "1" }], [{ tag: "" }], [{ queue_id: "a/b" }], [[]]])("P13 refuses %j", async (which) => {
    expect((await api.post("/types/sms/dead/restart", which)).status).toBe(400);
  });
});

describe("DELETE .../jobs/{job}", () => {
  test("P10 removes a job in whatever state it is, with its log", async () => {
    const paths = [
      await die("1", "dead"),
      await api.enqueue("1", "queued"),
      await api.enqueue("1", "scheduled", { delay: 60_000 }),
    ];
    const active = await api.enqueue("2", "active", { tags: ["red"] });
    await api.take({ queue_id: "2" });
    for (const path of [...paths, active]) {
      await api.post(`${path}/logs`, { message: "x" });
      const before = (await api.get(path)).body;
      const { status, body } = await api.remove(path);
      expect([status, body]).toEqual([200, before]);
      expect((await api.get(path)).status).toBe(404);
      expect((await api.remove(path)).status).toBe(404);
    }
    expect((await api.get("/types/sms/jobs")).body.items).toEqual([]);
    expect((await api.redis.connect().keys("*")).filter((key) => /log|tag/.test(key))).toEqual([]);
  });
});
