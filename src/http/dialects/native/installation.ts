import Type, { type Static } from "typebox";
import type { TypeStatus } from "../../../engine/types.js";
import { RequestProblem } from "../../route.js";
import { operation } from "./operation.js";
import { reply, typeSummaryBody } from "./output.js";
import { traffic } from "./schemas/queue.js";
import { count, object } from "./schemas/values.js";

/** The installation as a whole, and the process that answers. */

const tag = "Installation";
const stats = object(
  {
    types: Type.Integer({ minimum: 0, description: "Queue types in use." }),
    ...traffic,
    uptime_ms: count,
    version: Type.String(),
  },
  { title: "Stats", description: "All types together, and the process that answers." },
);
type Traffic = Pick<Static<typeof stats>, keyof typeof traffic>;
const working = object({ status: Type.Literal("ok") });

export interface Installation {
  version: string;
  /** Aborted when the server stops. */
  stopping: AbortSignal;
}

export const installationOperations = ({ version, stopping }: Installation) => {
  const startedAt = performance.now();
  return [
    operation("GET", "/stats", {
      id: "getStats",
      tag,
      summary: "All types together, and the process that answers",
      answers: { 200: { description: "The totals.", schema: stats } },
      async handle(engine) {
        const types = await engine.queues.types();
        const uptime = Math.floor(performance.now() - startedAt);
        const body: Static<typeof stats> = { types: types.length, ...total(types), uptime_ms: uptime, version };
        return reply(200, body);
      },
    }),

    operation("GET", "/healthz", {
      id: "isAlive",
      tag,
      summary: "Whether the process works; Redis is not asked",
      answers: { 200: { description: "It does.", schema: working } },
      offline: true,
      handle: async () => reply(200, { status: "ok" }),
    }),

    operation("GET", "/readyz", {
      id: "isReady",
      tag,
      summary: "Whether requests can be served: Redis works, and the server is not about to stop",
      answers: { 200: { description: "They can.", schema: working } },
      async handle(engine) {
        if (stopping.aborted) throw new RequestProblem(503, "The server is about to stop.", { "Retry-After": "1" });
        await engine.checkRedis();
        return reply(200, { status: "ok" });
      },
    }),
  ];
};

function total(types: readonly TypeStatus[]): Traffic {
  const sums: Traffic = {
    queued: 0,
    scheduled: 0,
    active: 0,
    dead: 0,
    queues: 0,
    oldest_ms: null,
    enqueue_rate: 0,
    dequeue_rate: 0,
  };
  return types.map(typeSummaryBody).reduce(add, sums);
}

function add(one: Traffic, other: Traffic): Traffic {
  return {
    queued: one.queued + other.queued,
    scheduled: one.scheduled + other.scheduled,
    active: one.active + other.active,
    dead: one.dead + other.dead,
    queues: one.queues + other.queues,
    oldest_ms: oldest(one.oldest_ms, other.oldest_ms),
    enqueue_rate: one.enqueue_rate + other.enqueue_rate,
    dequeue_rate: one.dequeue_rate + other.dequeue_rate,
  };
}

function oldest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
