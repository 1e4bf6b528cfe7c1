import { jsonBody } from "./bodies.js";
import { operation } from "./operation.js";
import { pageReply, reply, typeBody, typeSummaryBody } from "./output.js";
import { JOB_DEFAULTS, ofEngine, QUEUE_DEFAULTS, TYPE_SETTINGS } from "./renaming.js";
import { pageDemand, pageOf, paging } from "./schemas/lists.js";
import { type, typeChange, typeSummary } from "./schemas/queue.js";
import { object } from "./schemas/values.js";

/** Queue types: how they are, and their settings. */

const tag = "Types";

export const typeOperations = [
  operation("GET", "/types", {
    id: "listTypes",
    tag,
    summary: "The queue types in use",
    description: "By name.",
    query: object(paging),
    answers: { 200: { description: "A page of types.", schema: pageOf(typeSummary) } },
    refusals: ["bad_cursor"],
    async handle(engine, { query }) {
      return pageReply(await engine.queues.typePage(pageDemand(query)), typeSummaryBody);
    },
  }),

  operation("GET", "/types/{type}", {
    id: "getType",
    tag,
    summary: "One queue type, with its settings",
    description: "Also one that nobody uses.",
    answers: { 200: { description: "The type.", schema: type } },
    async handle(engine, { params }) {
      return reply(200, typeBody(await engine.queues.type(params.type)));
    },
  }),

  operation("PATCH", "/types/{type}", {
    id: "changeType",
    tag,
    summary: "Changes settings of a queue type",
    description: "They act on the backlog that is there, from the next dispatch on.",
    body: jsonBody(typeChange),
    answers: { 200: { description: "The type as it then is.", schema: type } },
    refusals: ["bad_limit"],
    async handle(engine, { params, body }) {
      const { queue_defaults: queues, job_defaults: jobs, ...own } = body.value;
      const change = {
        ...ofEngine(own, TYPE_SETTINGS),
        ...(queues && { queueDefaults: ofEngine(queues, QUEUE_DEFAULTS) }),
        ...(jobs && { jobDefaults: ofEngine(jobs, JOB_DEFAULTS) }),
      };
      return reply(200, typeBody(await engine.queues.changeType(params.type, change)));
    },
  }),
];
