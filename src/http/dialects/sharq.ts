import type { Dispatch, JobRef, MinuteCounts, NewJob } from "../../engine/types.js";
import { parseObject } from "../json-body.js";
import { jsonMember } from "../json-member.js";
import { type Dialect, type Reply, type Request, type RequestProblem, route } from "../route.js";
import { checkEnqueue, checkInterval, checkPurge, isQueueLimit, name, onlyKnown, text } from "./sharq-input.js";

/** The original SHARQ's HTTP API, with a few added keys; its document is `docs/protocol/sharq.md`. */

const DEFAULT_QUEUE_TYPE = "default";
const SUCCESS = reply(200, { status: "success" });
const FAILURE = { status: "failure" };

const routes = [
  route("GET", "/", noInput, async () => reply(200, { message: "Hello, SharQ!" })),

  route(
    "POST",
    "/enqueue/:queue_type/:queue_id",
    readEnqueue,
    async (engine, { job, limited }) => {
      const { outcome, waiting } = await engine.enqueue(job);
      if (outcome === "duplicate") return reply(201, { status: "queued", duplicate: true });
      return reply(201, { status: "queued", ...(limited ? { current_queue_length: waiting } : {}) });
    },
    { hot: true },
  ),

  ...["/dequeue", "/dequeue/:queue_type"].map((path) =>
    route(
      "GET",
      path,
      readDequeue,
      async (engine, { queueType, queueId }) => {
        const { dispatches, nextReadyInMs } = await engine.dequeue(queueType, { queueId });
        const [dispatch] = dispatches;
        return dispatch
          ? { status: 200, body: dispatchBody(dispatch) }
          : reply(404, { ...FAILURE, next_ready_in: nextReadyInMs });
      },
      // A HEAD must not take a job.
      { allowsHead: false, hot: true },
    ),
  ),

  route(
    "POST",
    "/finish/:queue_type/:queue_id/:job_id",
    readFinish,
    async (engine, { lease, ...ref }) => {
      await engine.finish(ref, lease);
      return SUCCESS;
    },
    { readsBody: false, hot: true },
  ),

  route(
    "POST",
    "/interval/:queue_type/:queue_id",
    (request) => ({ queue: readQueue(request), intervalMs: checkInterval(parseObject(request.body)).interval }),
    async (engine, { queue, intervalMs }) => {
      await engine.setInterval(queue, intervalMs);
      return SUCCESS;
    },
  ),

  route("GET", "/metrics", noInput, async (engine) => {
    const { queueTypes, enqueues, dequeues } = await engine.metrics();
    return reply(200, { status: "success", queue_types: queueTypes, ...countsBody(enqueues, dequeues) });
  }),

  route(
    "GET",
    "/metrics/:queue_type",
    (request) => name(request.params, "queue_type"),
    async (engine, queueType) => reply(200, { status: "success", queue_ids: await engine.queueIds(queueType) }),
  ),

  route("GET", "/metrics/:queue_type/:queue_id", readQueue, async (engine, queue) => {
    const { length, enqueues, dequeues } = await engine.queueMetrics(queue);
    return reply(200, { status: "success", queue_length: length, ...countsBody(enqueues, dequeues) });
  }),

  route(
    "DELETE",
    "/deletequeue/:queue_type/:queue_id",
    (request) => ({ queue: readQueue(request), purge: readPurge(request) }),
    async (engine, { queue, purge }) => {
      const removed = await engine.clear(queue, { purge });
      if (removed === 0) return reply(200, { status: "Failure", message: "No queued calls found" });
      const message = `Successfully removed all queued calls${purge ? " and purged related resources" : ""}`;
      return reply(200, { status: "Success", message });
    },
  ),

  route("GET", "/deepstatus", noInput, async (engine) => {
    await engine.checkRedis();
    return SUCCESS;
  }),
];

export const sharq: Dialect = {
  name: "sharq",
  routes,
  refuse: ({ status, message, headers }: RequestProblem) => ({ ...reply(status, { ...FAILURE, message }), headers }),
  failures: {
    not_active: () => reply(404, FAILURE),
    unknown_queue: () => reply(404, FAILURE),
    stale_lease: ({ message }) => reply(409, { ...FAILURE, message }),
    queue_full: ({ message, waiting }) => reply(429, { ...FAILURE, message, current_queue_length: waiting }),
    unavailable: ({ message }) => ({ ...reply(503, { ...FAILURE, message }), headers: { "Retry-After": "1" } }),
  },
};

function readQueue({ params }: Request) {
  return { queueType: name(params, "queue_type"), queueId: name(params, "queue_id") };
}

function readEnqueue(request: Request): { job: NewJob; limited: boolean } {
  const queue = readQueue(request);
  const body = checkEnqueue(parseObject(request.body));
  const maxQueuedLength = isQueueLimit(body.payload) ? body.payload.max_queued_length : undefined;
  const job = {
    ...queue,
    jobId: body.job_id,
    payload: jsonMember(request.body, "payload") ?? "null",
    intervalMs: body.interval,
    requeueLimit: body.requeue_limit ?? undefined,
    delayMs: body.delay,
    priority: body.priority,
    leaseMs: body.expire,
    retainMs: body.retain,
    maxQueuedLength,
  };
  return { job, limited: maxQueuedLength !== undefined };
}

function readFinish(request: Request): JobRef & { lease: string | undefined } {
  onlyKnown(request.query, ["lease"]);
  return { ...readQueue(request), jobId: name(request.params, "job_id"), lease: text(request.query, "lease") };
}

function readDequeue({ params, query }: Request): { queueType: string; queueId: string | undefined } {
  onlyKnown(query, ["queue_id"]);
  return {
    queueType: "queue_type" in params ? name(params, "queue_type") : DEFAULT_QUEUE_TYPE,
    queueId: "queue_id" in query ? name(query, "queue_id") : undefined,
  };
}

function readPurge({ body }: Request): boolean {
  return body.trim() === "" ? false : (checkPurge(parseObject(body)).purge_all ?? false);
}

function noInput(): void {}

/** The payload goes in as the text it came as. */
function dispatchBody(dispatch: Dispatch): string {
  const ids = JSON.stringify({ status: "success", queue_id: dispatch.queueId, job_id: dispatch.jobId });
  const rest = JSON.stringify({
    requeues_remaining: dispatch.requeuesRemaining,
    current_queue_length: dispatch.waiting,
    lease: dispatch.lease,
    attempt: dispatch.attempt,
    lease_expires_at: dispatch.leaseExpiresAtMs,
  });
  return `${ids.slice(0, -1)},"payload":${dispatch.payload},${rest.slice(1)}`;
}

function countsBody(enqueues: MinuteCounts, dequeues: MinuteCounts) {
  return { enqueue_counts: Object.fromEntries(enqueues), dequeue_counts: Object.fromEntries(dequeues) };
}

function reply(status: number, body: object): Reply {
  return { status, body: JSON.stringify(body) };
}
