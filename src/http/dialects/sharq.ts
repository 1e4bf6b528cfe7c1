import type { Demand, JobRef, LeaseRef, NewJob, QueueRef } from "../../engine/types.js";
import { type Refused, resultOfEach } from "../batch.js";
import { isObject, parseArray, parseObject } from "../json-body.js";
import { jsonItems, jsonMember } from "../json-member.js";
import { type Dialect, type Reply, type Request, RequestProblem, route } from "../route.js";
import {
  checkEnqueue,
  checkEnqueueItem,
  checkFinishItem,
  checkInterval,
  checkPurge,
  type EnqueueBody,
  integer,
  isQueueLimit,
  name,
  onlyKnown,
  text,
} from "./sharq-input.js";
import {
  countsBody,
  dispatchBody,
  dispatchesBody,
  enqueuedBody,
  FAILURE,
  finishedBody,
  LEASE_OVER,
  QUEUE_FULL,
  QUEUED,
  reply,
  SUCCESS,
} from "./sharq-output.js";

/** The original SHARQ's HTTP API, with a few added keys; its document is `docs/protocol/sharq.md`. */

const DEFAULT_QUEUE_TYPE = "default";
const MOST_ENQUEUES = 1000;
const MOST_FINISHES = 1000;
const MOST_DEQUEUES = 500;
const LONGEST_WAIT_MS = 60_000;

const routes = [
  route("GET", "/", noInput, async () => reply(200, { message: "Hello, SharQ!" })),

  route(
    "POST",
    "/enqueue/:queue_type/:queue_id",
    readEnqueue,
    async (engine, { job, limited }) => {
      const enqueued = await engine.enqueue(job);
      return enqueued.outcome === "queued" && !limited ? QUEUED : reply(201, enqueuedBody(enqueued, { limited }));
    },
    { hot: true },
  ),

  route(
    "POST",
    "/enqueue/:queue_type",
    readEnqueues,
    async (engine, { queueType, items }) => {
      const store = (enqueues: Enqueue[]) => {
        const jobs = enqueues.map(({ job }) => job);
        return engine.enqueueAll(queueType, jobs);
      };
      return answerEach(items, store, enqueuedBody);
    },
    { hot: true },
  ),

  ...["/dequeue", "/dequeue/:queue_type"].map((path) =>
    route(
      "GET",
      path,
      readDequeue,
      async (engine, { queueType, demand }) => {
        const { dispatches, nextReadyInMs } = await engine.dequeue(queueType, demand);
        const [dispatch] = dispatches;
        if (!dispatch) return reply(404, { ...FAILURE, next_ready_in: nextReadyInMs });
        return { status: 200, body: demand.count === undefined ? dispatchBody(dispatch) : dispatchesBody(dispatches) };
      },
      // A HEAD must not take a job.
      { allowsHead: false, hot: true },
    ),
  ),

  route(
    "POST",
    "/finish/:queue_type/:queue_id/:job_id",
    readFinish,
    async (engine, { job, lease }) => {
      await engine.finish(job, lease);
      return SUCCESS;
    },
    { readsBody: false, hot: true },
  ),

  route(
    "POST",
    "/finish/:queue_type",
    readFinishes,
    (engine, { queueType, items }) => answerEach(items, (leases) => engine.finishAll(queueType, leases), finishedBody),
    { hot: true },
  ),

  route(
    "POST",
    "/interval/:queue_type/:queue_id",
    (request) => ({ queue: readQueue(request), intervalMs: checkInterval(parseObject(request.body)).interval }),
    async (engine, { queue, intervalMs }) => {
      await engine.queues.setInterval(queue, intervalMs);
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
  prefix: "",
  routes,
  refuse: ({ status, message, headers }: RequestProblem) => ({ ...reply(status, { ...FAILURE, message }), headers }),
  failures: {
    not_active: () => reply(404, FAILURE),
    unknown_queue: () => reply(404, FAILURE),
    unknown_job: () => reply(404, FAILURE),
    wrong_state: ({ message }) => reply(409, { ...FAILURE, message }),
    not_dispatchable: ({ message }) => reply(409, { ...FAILURE, message }),
    bad_cursor: ({ message }) => reply(400, { ...FAILURE, message }),
    bad_limit: ({ message }) => reply(400, { ...FAILURE, message }),
    stale_lease: () => reply(409, { ...FAILURE, message: LEASE_OVER }),
    queue_full: ({ waiting }) => reply(429, { ...FAILURE, message: QUEUE_FULL, current_queue_length: waiting }),
    unavailable: ({ message }) => ({ ...reply(503, { ...FAILURE, message }), headers: { "Retry-After": "1" } }),
  },
};

function readQueue({ params }: Request) {
  return { queueType: name(params, "queue_type"), queueId: name(params, "queue_id") };
}

/** What a producer asked for: the job, and whether it wants to know the length of its queue. */
interface Enqueue {
  job: NewJob;
  limited: boolean;
}

function readEnqueue(request: Request): Enqueue {
  return asEnqueue(readQueue(request), checkEnqueue(parseObject(request.body)), request.body);
}

/** `text` is the JSON text of `body`: the payload is taken from it as it stands there. */
function asEnqueue(queue: QueueRef, body: EnqueueBody, text: string): Enqueue {
  const maxQueuedLength = isQueueLimit(body.payload) ? body.payload.max_queued_length : undefined;
  const job = {
    queueType: queue.queueType,
    queueId: queue.queueId,
    jobId: body.job_id,
    payload: jsonMember(text, "payload") ?? "null",
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

function readEnqueues({ params, body }: Request): { queueType: string; items: (Enqueue | Refused)[] } {
  const queueType = name(params, "queue_type");
  const values = parseArray(body, MOST_ENQUEUES);
  const texts = jsonItems(body);
  const read = (item: object, i: number) => {
    const checked = checkEnqueueItem(item);
    return asEnqueue({ queueType, queueId: checked.queue_id }, checked, texts[i] as string);
  };
  return { queueType, items: readEach(values, read) };
}

function readFinishes({ params, body }: Request): { queueType: string; items: (LeaseRef | Refused)[] } {
  const read = (item: object): LeaseRef => {
    const { queue_id: queueId, job_id: jobId, lease } = checkFinishItem(item);
    return { queueId, jobId, lease };
  };
  return { queueType: name(params, "queue_type"), items: readEach(parseArray(body, MOST_FINISHES), read) };
}

/** Reads the items of a batch; one that is wrong does not keep the others from being served. */
function readEach<Item>(values: readonly unknown[], read: (value: object, i: number) => Item): (Item | Refused)[] {
  return values.map((value, i) => {
    try {
      if (!isObject(value)) throw new RequestProblem(400, "The item is not a JSON object.");
      return read(value, i);
    } catch (error) {
      if (error instanceof RequestProblem) return { refused: { ...FAILURE, message: error.message } };
      throw error;
    }
  });
}

function readFinish({ params, query }: Request): { job: JobRef; lease: string | undefined } {
  onlyKnown(query, ["lease"]);
  const job = {
    queueType: name(params, "queue_type"),
    queueId: name(params, "queue_id"),
    jobId: name(params, "job_id"),
  };
  return { job, lease: text(query, "lease") };
}

function readDequeue({ params, query, whenClosed }: Request): { queueType: string; demand: Demand } {
  onlyKnown(query, ["queue_id", "count", "wait"]);
  const waitMs = integer(query, "wait", 0, LONGEST_WAIT_MS);
  const demand = {
    queueId: "queue_id" in query ? name(query, "queue_id") : undefined,
    count: integer(query, "count", 1, MOST_DEQUEUES),
    waitMs,
    whenGone: whenClosed,
  };
  return { queueType: "queue_type" in params ? name(params, "queue_type") : DEFAULT_QUEUE_TYPE, demand };
}

function readPurge({ body }: Request): boolean {
  return body.trim() === "" ? false : (checkPurge(parseObject(body)).purge_all ?? false);
}

function noInput(): void {}

/** Runs the items of a batch that can be, and answers for each in order. */
async function answerEach<Item extends object, Outcome>(
  items: readonly (Item | Refused)[],
  run: (items: Item[]) => Promise<Outcome[]>,
  body: (outcome: Outcome, item: Item) => object,
): Promise<Reply> {
  return reply(200, { status: "success", results: await resultOfEach(items, run, body) });
}
