import Type from "typebox";
import { SharqError } from "../../../engine/errors.js";
import { operation } from "./operation.js";
import { jobText, pageReply, summaryOf } from "./output.js";
import { jobRef } from "./refs.js";
import { JOB_FIELDS, job, jobPart, jobState, jobSummary } from "./schemas/job.js";
import { pageDemand, pageOf, paging } from "./schemas/lists.js";
import { tag as jobTag, list, object, oneOf, queueId } from "./schemas/values.js";

/** Jobs, shown. */

const tag = "Jobs";
const filter = {
  state: Type.Optional(jobState),
  queue: Type.Optional(queueId),
  tag: Type.Optional(jobTag),
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: "Part of a job id." })),
  order: Type.Optional(
    oneOf(["oldest", "newest"], {
      default: "oldest",
      description:
        "Scheduled jobs by due time, active ones by the end of their leases, ended ones by their ends, and jobs with a " +
        "tag by their enqueues. Queued jobs come queue by queue, each in its own order.",
    }),
  ),
};
const fields = list(oneOf(JOB_FIELDS), {
  minItems: 1,
  maxItems: JOB_FIELDS.length,
  description: "Names of the fields wanted, with commas between them; all of them unless given.",
});

export const jobOperations = [
  operation("GET", "/types/{type}/jobs", {
    id: "listJobs",
    tag,
    summary: "Living, dead and retained jobs of a type",
    description: "Without their payloads and outputs.",
    query: object({ ...filter, ...paging }),
    answers: { 200: { description: "A page of jobs.", schema: pageOf(jobSummary) } },
    refusals: ["bad_cursor"],
    async handle(engine, { params, query }) {
      const { state, queue, tag: tagged, search, order } = query;
      const wanted = { state, queueId: queue, tag: tagged, search, order };
      return pageReply(await engine.lists.jobs(params.type, wanted, pageDemand(query)), summaryOf);
    },
  }),

  operation("GET", "/types/{type}/queues/{queue}/jobs/{job}", {
    id: "getJob",
    tag,
    summary: "One job, living or kept after its end",
    query: object({ fields: Type.Optional(fields) }),
    answers: { 200: { description: "The job.", schema: Type.Union([job, jobPart]) } },
    refusals: ["unknown_job"],
    async handle(engine, { params, query }) {
      const found = await engine.jobs.get(jobRef(params));
      if (!found) throw new SharqError("unknown_job", "There is no such job");
      return { status: 200, body: jobText(found, query.fields) };
    },
  }),
];
