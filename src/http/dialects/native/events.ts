import { setMaxListeners } from "node:events";
import Type from "typebox";
import type { InstallationEvent } from "../../../engine/following/following.js";
import type { JobEvent } from "../../../engine/following/job-feed.js";
import type { EventStream, ServerSentEvent } from "../../event-stream.js";
import type { Request } from "../../route.js";
import { operation } from "./operation.js";
import { jobText, logLineBody, typeSummaryBody } from "./output.js";
import { jobRef } from "./refs.js";
import { JOB_FIELDS } from "./schemas/job.js";
import { object, queueType } from "./schemas/values.js";

/** What happens, told as it happens by Server-Sent Events. */

const HEARTBEAT_MS = 15_000;
const EVENT_STREAM = "text/event-stream";
const SHOWN_FIELDS = JOB_FIELDS.filter((field) => field !== "payload");
const lastEventId = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "`id` of the last event that was received: log lines up to it are not sent again.",
});

/** `stopping` is aborted when the server stops; streams end then. */
export const eventOperations = (stopping: AbortSignal) => {
  // One listener a stream, of which there may be thousands.
  setMaxListeners(0, stopping);
  return [
    operation("GET", "/types/{type}/queues/{queue}/jobs/{job}/events", {
      id: "followJob",
      tag: "Jobs",
      summary: "Follows a job",
      description:
        "`state` is the job now and at every change, without its payload; `log` is `{line, at, level, message}`; " +
        "`progress` is `{progress}`; `missed` is `{changes}`: how many there were that this reader was too slow for; " +
        "`end` is `{state}`, and nothing follows it. Each event has the number of the last log line sent as its `id`.",
      headers: object({ "last-event-id": Type.Optional(lastEventId) }),
      answers: { 200: { description: "Events until the job has ended.", type: EVENT_STREAM, schema: Type.String() } },
      refusals: ["unknown_job"],
      allowsHead: false,
      async handle(engine, { params, headers, whenClosed }) {
        const afterLine = headers["last-event-id"] ?? 0;
        const signal = untilGone(whenClosed, stopping);
        const events = await engine.following.job(jobRef(params), { afterLine, signal });
        return streamOf(jobEvents(events, afterLine), signal);
      },
    }),

    operation("GET", "/events", {
      id: "followInstallation",
      tag: "Installation",
      summary: "Follows all types, or one",
      description:
        "`totals` comes every second and is `{types}`; `state` is `{queue_type, queue_id, job_id, state, at}`; " +
        "`missed` is `{changes}`: how many there were that this reader was too slow for.",
      query: object({ type: Type.Optional(queueType) }),
      answers: { 200: { description: "Events without end.", type: EVENT_STREAM, schema: Type.String() } },
      allowsHead: false,
      async handle(engine, { query, whenClosed }) {
        const signal = untilGone(whenClosed, stopping);
        const events = await engine.following.installation({ queueType: query.type, signal });
        return streamOf(installationEvents(events), signal);
      },
    }),
  ];
};

function streamOf(events: AsyncIterable<ServerSentEvent>, signal: AbortSignal): EventStream {
  return { events, heartbeatMs: HEARTBEAT_MS, signal };
}

/** Aborted when the client goes away or the server stops. */
function untilGone(whenClosed: Request["whenClosed"], stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const abort = () => gone.abort();
  stopping.addEventListener("abort", abort);
  whenClosed(() => {
    stopping.removeEventListener("abort", abort);
    abort();
  });
  if (stopping.aborted) abort();
  return gone.signal;
}

async function* jobEvents(events: AsyncIterable<JobEvent>, afterLine: number): AsyncGenerator<ServerSentEvent> {
  let line = afterLine;
  for await (const event of events) {
    if (event.kind === "log") line = event.line;
    yield { id: String(line), event: event.kind, data: jobEventData(event) };
  }
}

function jobEventData(event: JobEvent): string {
  switch (event.kind) {
    case "state":
      return jobText(event.job, SHOWN_FIELDS);
    case "log":
      return JSON.stringify({ line: event.line, ...logLineBody(event.entry) });
    case "progress":
      return JSON.stringify({ progress: event.progress });
    case "missed":
      return JSON.stringify({ changes: event.changes });
    case "end":
      return JSON.stringify({ state: event.state });
  }
}

async function* installationEvents(events: AsyncIterable<InstallationEvent>): AsyncGenerator<ServerSentEvent> {
  for await (const event of events) yield { event: event.kind, data: JSON.stringify(installationEventData(event)) };
}

function installationEventData(event: InstallationEvent): object {
  switch (event.kind) {
    case "totals":
      return { types: event.types.map(typeSummaryBody) };
    case "state":
      return {
        queue_type: event.queueType,
        queue_id: event.queueId,
        job_id: event.jobId,
        state: event.state,
        at: event.atMs,
      };
    case "missed":
      return { changes: event.changes };
  }
}
