import Type from "typebox";
import { jsonBody } from "./bodies.js";
import { operation } from "./operation.js";
import { pageReply, queueBody, reply } from "./output.js";
import { queueRef } from "./refs.js";
import { ofEngine, QUEUE_SETTINGS } from "./renaming.js";
import { pageDemand, pageOf, paging } from "./schemas/lists.js";
import { queue, queueChange } from "./schemas/queue.js";
import { count, duration, object, oneOf } from "./schemas/values.js";

/** Queues: how they are, their settings, and what is done with one as a whole. */

const tag = "Queues";
const PATH = "/types/{type}/queues/{queue}";
const changed = { 200: { description: "The queue as it then is.", schema: queue } };
const search = Type.String({ minLength: 1, maxLength: 200, description: "Part of a queue id." });
const order = oneOf(["name", "length", "ready"], {
  default: "name",
  description: "`length`: the longest first; `ready`: by ready time, those that can't get ready by themselves last.",
});

export const queueOperations = [
  operation("GET", "/types/{type}/queues", {
    id: "listQueues",
    tag,
    summary: "Queues of a type",
    query: object({ search: Type.Optional(search), order: Type.Optional(order), ...paging }),
    answers: { 200: { description: "A page of queues.", schema: pageOf(queue) } },
    refusals: ["bad_cursor"],
    async handle(engine, { params, query }) {
      const filter = { search: query.search, order: query.order ?? "name" };
      return pageReply(await engine.lists.queues(params.type, filter, pageDemand(query)), queueBody);
    },
  }),

  operation("GET", PATH, {
    id: "getQueue",
    tag,
    summary: "One queue, and why it is not dispatched",
    description: "Also one that has no job and no setting.",
    answers: { 200: { description: "The queue.", schema: queue } },
    async handle(engine, { params }) {
      return reply(200, queueBody(await engine.queues.queue(queueRef(params))));
    },
  }),

  operation("PATCH", PATH, {
    id: "changeQueue",
    tag,
    summary: "Changes settings of a queue",
    description:
      "They may be made before the queue has a job, stay when it drains, and act on the backlog that is there, from " +
      "the next dispatch on.",
    body: jsonBody(queueChange),
    answers: changed,
    async handle(engine, { params, body }) {
      return reply(200, queueBody(await engine.queues.change(queueRef(params), ofEngine(body.value, QUEUE_SETTINGS))));
    },
  }),

  operation("POST", `${PATH}/penalty`, {
    id: "penalizeQueue",
    tag,
    summary: "Holds a queue back for a while",
    description:
      "For a target that has said that it is asked too often. No attempt is counted, and a longer penalty that holds " +
      "already stays.",
    body: jsonBody(object({ for: duration("How long nothing of the queue is dispatched.", 1) }, { title: "Penalty" })),
    answers: changed,
    async handle(engine, { params, body }) {
      return reply(200, queueBody(await engine.queues.penalize(queueRef(params), body.value.for)));
    },
  }),

  operation("DELETE", PATH, {
    id: "deleteQueue",
    tag,
    summary: "Removes the queued and scheduled jobs of a queue",
    query: object({
      purge: Type.Optional(
        Type.Boolean({ default: false, description: "Also its settings, active and retained jobs, and logs." }),
      ),
    }),
    answers: {
      200: { description: "How many living jobs are gone.", schema: object({ removed: count }) },
    },
    async handle(engine, { params, query }) {
      const extent = query.purge ? { purge: true, active: true } : { purge: false };
      return reply(200, { removed: await engine.clear(queueRef(params), extent) });
    },
  }),
];
