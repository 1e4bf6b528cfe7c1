import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { channelOn } from "./channels.js";
import { listen, realEngine } from "./http-server.js";
import { PrivateRedis } from "./private-redis.js";

/** A member of an answer, which tests look into without knowing more of it than what they check. */
// biome-ignore lint/suspicious/noExplicitAny: the body is whatever the server answered.
export type Body = any;

export interface Answer {
  status: number;
  type: string | null;
  headers: Headers;
  text: string;
  body: Body;
}

/** The native API on a listening server of its own; Redis is empty for each test. */
export interface NativeApi {
  redis: PrivateRedis;
  engine: Engine;
  listening: Awaited<ReturnType<typeof listen>>;
  /** Sends JSON, or a string as it is; `path` is what follows `/api/v1`. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  remove(path: string): Promise<Answer>;
  /** Enqueues a job of type `sms`; returns its path. */
  enqueue(queueId: string, jobId: string, more?: object): Promise<string>;
  /** Takes a job of type `sms`. */
  take(more?: object): Promise<Body>;
}

export function useNative(): NativeApi {
  const api = {} as NativeApi;
  beforeAll(async () => {
    api.redis = await PrivateRedis.start();
  });
  beforeEach(async () => {
    await api.redis.connect().flushall();
    const heard = api.redis.connect();
    api.engine = realEngine(api.redis.connect(), channelOn(heard), channelOn(heard, "test:changes"));
    api.listening = await listen(api.engine, { bodyLimit: 1_048_576 });
    Object.assign(api, clientOf(`${api.listening.url}/api/v1`));
  });
  afterEach(async () => {
    api.listening.stopping.abort();
    api.engine.endWaiting();
    await api.listening.server.close(0);
    expect(api.listening.errors).toEqual([]);
  });
  afterAll(() => api.redis.stop());
  return api;
}

export const jobPath = (queueId: string, jobId: string) =>
  `/types/sms/queues/${encodeURIComponent(queueId)}/jobs/${encodeURIComponent(jobId)}`;

function clientOf(url: string): Omit<NativeApi, "redis" | "engine" | "listening"> {
  const send: NativeApi["send"] = async (method, path, body, headers = {}) => {
    const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(url + path, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
    const text = await answer.text();
    const type = answer.headers.get("content-type");
    return { status: answer.status, type, headers: answer.headers, text, body: text === "" ? null : JSON.parse(text) };
  };
  const post: NativeApi["post"] = (path, body) => send("POST", path, body);
  return {
    send,
    post,
    get: (path) => send("GET", path),
    patch: (path, body) => send("PATCH", path, body),
    remove: (path) => send("DELETE", path),
    async enqueue(queueId, jobId, more = {}) {
      const given = { job_id: jobId, payload: { is: jobId }, ...more };
      const { status, text } = await post(`/types/sms/queues/${encodeURIComponent(queueId)}/jobs`, given);
      if (status !== 201) throw new Error(`The job was not enqueued: ${text}`);
      return jobPath(queueId, jobId);
    },
    async take(more = {}) {
      const { body } = await post("/types/sms/dequeue", more);
      return body.jobs[0];
    },
  };
}
