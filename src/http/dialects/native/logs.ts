import { listBody } from "./bodies.js";
import { operation } from "./operation.js";
import { logLineBody, pageReply, reply } from "./output.js";
import { jobRef } from "./refs.js";
import { logLine, oneOrMoreLines } from "./schemas/job.js";
import { pageDemand, pageOf, paging } from "./schemas/lists.js";
import { count, object } from "./schemas/values.js";

/** The logs of jobs. */

const tag = "Jobs";
const PATH = "/types/{type}/queues/{queue}/jobs/{job}/logs";
const DEFAULT_LEVEL = "info";

export const logOperations = [
  operation("GET", PATH, {
    id: "getLog",
    tag,
    summary: "The log of a job, oldest line first",
    query: object(paging),
    answers: { 200: { description: "A page of lines.", schema: pageOf(logLine) } },
    refusals: ["unknown_job", "bad_cursor"],
    async handle(engine, { params, query }) {
      return pageReply(await engine.jobs.logs(jobRef(params), pageDemand(query)), logLineBody);
    },
  }),

  operation("POST", PATH, {
    id: "writeLog",
    tag,
    summary: "Adds a line or up to 1 000 lines to the log of a job, whatever its state is",
    description: "The last 10 000 lines of a job are kept.",
    body: listBody(oneOrMoreLines),
    answers: {
      200: { description: "How many lines the log has had so far.", schema: object({ lines: count }) },
    },
    refusals: ["unknown_job"],
    async handle(engine, { params, body }) {
      const lines = (Array.isArray(body) ? body : [body]).map(({ at, level = DEFAULT_LEVEL, message }) => {
        return { atMs: at, level, message };
      });
      return reply(200, { lines: await engine.jobs.log(jobRef(params), lines) });
    },
  }),
];
