import Type from "typebox";
import { QUEUE_STATES } from "../../../../engine/types.js";
import * as value from "./values.js";
import { requeueLimit, retryDelays } from "./values.js";

/** Queues and types: how they are, and what can be set. */

export const queue = value.object(
  {
    queue_type: value.queueType,
    queue_id: value.queueId,
    length: Type.Integer({ minimum: 0, description: "Jobs waiting: queued and scheduled." }),
    scheduled: value.count,
    active: value.count,
    interval: value.interval,
    burst: value.burst,
    concurrency: value.nullable(value.concurrency),
    max_length: value.nullable(value.maxLength),
    paused: Type.Boolean(),
    pinned: Type.Boolean({ description: "The interval that enqueues carry is ignored." }),
    ready_at: value.nullable(value.time("When it may be dispatched next; `null` when that is not known.")),
    state: value.oneOf(QUEUE_STATES, {
      description:
        "Why it is not dispatched: `spacing` until `ready_at`, `full` by its concurrency, `scheduled` when its first " +
        "job is due at `ready_at`; `type_limited` and `type_paused` when the type holds it back.",
    }),
  },
  { title: "Queue", description: "A queue as it is now, with the limits that hold for it, whoever set them." },
);

const flag = Type.Boolean();
export const queueChange = value.partial(
  {
    interval: value.nullable(value.interval),
    burst: value.nullable(value.burst),
    concurrency: value.nullable(value.concurrency),
    max_length: value.nullable(value.maxLength),
    paused: value.nullable(flag),
    pinned: value.nullable(flag),
  },
  { title: "QueueChange", description: "What is left out stays as it is; `null` returns a setting to its default." },
);

const queueDefaults = {
  interval: value.nullable(value.interval),
  burst: value.nullable(value.burst),
  concurrency: value.nullable(value.concurrency),
  max_length: value.nullable(value.maxLength),
};
const jobDefaults = {
  expire: value.nullable(value.duration("Length of a lease.", 1)),
  requeue_limit: value.nullable(requeueLimit),
  retry_delays: value.nullable(retryDelays),
  retain: value.nullable(value.duration("How long a job is kept after its end.")),
};
const ofType = {
  interval: value.nullable(value.interval),
  burst: value.nullable(value.burst),
  concurrency: value.nullable(value.concurrency),
  paused: value.nullable(flag),
};

export const typeChange = value.partial(
  {
    ...ofType,
    queue_defaults: value.partial(queueDefaults, { description: "What holds for queues that set nothing themselves." }),
    job_defaults: value.partial(jobDefaults, { description: "What holds for jobs that bring nothing themselves." }),
  },
  {
    title: "TypeChange",
    description:
      "`interval`, `burst`, `concurrency` and `paused` hold for all queues of the type together. What is left out " +
      "stays as it is; `null` takes a setting away.",
  },
);

const rate = Type.Number({ minimum: 0, description: "Per second, over the last minute." });
export const traffic = {
  queued: value.count,
  scheduled: value.count,
  active: value.count,
  dead: Type.Integer({ minimum: 0, description: "Dead letters that were not restarted." }),
  queues: Type.Integer({ minimum: 0, description: "Queues with waiting jobs." }),
  oldest_ms: value.nullable(
    Type.Number({ minimum: 0, description: "How long the queue that is ready for longest has been so." }),
  ),
  enqueue_rate: rate,
  dequeue_rate: rate,
};
export const typeSummary = value.object(
  { queue_type: value.queueType, ...traffic },
  { title: "TypeSummary", description: "A queue type as it is now." },
);
export const type = value.object(
  {
    queue_type: value.queueType,
    ...traffic,
    ...ofType,
    queue_defaults: value.object(queueDefaults),
    job_defaults: value.object(jobDefaults),
  },
  { title: "Type", description: "A queue type as it is now, with its settings; `null` where there is none." },
);
