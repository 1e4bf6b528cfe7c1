/** Whether a page of a list costs more the further back it is: 100 000 jobs that are kept after their end. */
import { dealt, dequeueAll, enqueueAll, jobId } from "../lib/jobs.mjs";
import { atMost, row } from "../lib/rows.mjs";
import { startSite } from "../lib/server.mjs";
import { alternate, median, ratioOf } from "../lib/statistics.mjs";

const JOBS = 100_000;
const QUEUES = 1000;
const PAGE = 100;
const ROUNDS = 100;
const FINISHED_AT_ONCE = 1000;
const TYPE = "kept";
const HOUR_MS = 3_600_000;

const ORDERS = [
  ["finished jobs of a type", `/api/v1/types/${TYPE}/jobs?state=finished`],
  ["the same, newest first", `/api/v1/types/${TYPE}/jobs?state=finished&order=newest`],
];

export const lists = {
  name: "lists",
  title: "Pages of a list of 100 000 retained jobs",
  async run(scope) {
    const { client } = await startSite(scope);
    await fill(client);
    const rows = [];
    for (const [what, list] of ORDERS) rows.push(await compare(client, what, list));
    return { rows };
  },
};

async function fill(client) {
  await client.expect(200, "PATCH", `/api/v1/types/${TYPE}`, { job_defaults: { retain: HOUR_MS } });
  await enqueueAll(client, TYPE, dealt(JOBS, QUEUES));
  await dequeueAll(client, TYPE, JOBS);
  for (let first = 0; first < JOBS; first += FINISHED_AT_ONCE) {
    const jobs = Array.from({ length: FINISHED_AT_ONCE }, (_, i) => ({
      queue_id: `q${(first + i) % QUEUES}`,
      job_id: jobId(first + i),
    }));
    const { results } = await client.expect(200, "POST", `/finish/${TYPE}/`, jobs);
    if (results.some(({ status }) => status !== "success")) throw new Error("a job was not finished");
  }
}

/** Walks to the last full page, and then asks for it and the first one in turns. */
async function compare(client, what, list) {
  const pages = JOBS / PAGE;
  let cursor = "";
  for (let page = 1; page < pages; page += 1) cursor = `&cursor=${(await pageAt(client, list, cursor)).next_cursor}`;
  const times = await alternate(["", cursor], ROUNDS, (from) => timeOf(client, list, from));
  const [first, last] = times.map(median);
  return row(`${what}: page ${pages} against page 1`, ratioOf(times[1], times[0]).ratio, {
    target: atMost(1.25),
    absolute: `${first.toFixed(2)} ms against ${last.toFixed(2)} ms, ${PAGE} jobs a page`,
  });
}

async function timeOf(client, list, cursor) {
  const startedAt = performance.now();
  await pageAt(client, list, cursor);
  return performance.now() - startedAt;
}

async function pageAt(client, list, cursor) {
  const page = await client.expect(200, "GET", `${list}&limit=${PAGE}${cursor}`);
  if (page.items.length !== PAGE) throw new Error(`a page has ${page.items.length} jobs`);
  return page;
}
