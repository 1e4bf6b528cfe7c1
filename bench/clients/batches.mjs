/** Eight clients of a server, each of which enqueues, dequeues and finishes a hundred jobs at a time. */
import { openClient } from "../lib/http.mjs";
import { dealt, severally } from "../lib/jobs.mjs";
import { Scope } from "../lib/scope.mjs";
import { serveRounds } from "./rounds.mjs";

const CLIENTS = 8;
const BATCH = 100;
const QUEUES = 1000;
const TYPE = "batch";

const { url } = JSON.parse(process.argv[2]);
const client = openClient(new Scope(), url, CLIENTS);
let number = 0;

serveRounds(async (jobs) => {
  let toEnqueue = jobs;
  let toFinish = jobs;
  await severally(CLIENTS, async () => {
    while (toFinish > 0) {
      if (toEnqueue > 0) {
        toEnqueue -= BATCH;
        await enqueue();
      }
      const finished = await dequeueAndFinish();
      toFinish -= finished;
    }
  });
});

async function enqueue() {
  const batch = [...dealt(BATCH, QUEUES, { first: number })];
  number += BATCH;
  const { results } = await client.expect(200, "POST", `/enqueue/${TYPE}/`, batch);
  if (results.some(({ status }) => status !== "queued")) throw new Error("a job was refused");
}

async function dequeueAndFinish() {
  const { status, text } = await client.call("GET", `/dequeue/${TYPE}/?count=${BATCH}`);
  // Another client has taken the last ones and is about to finish them.
  if (status === 404) return 0;
  const leases = JSON.parse(text).jobs.map(({ queue_id, job_id, lease }) => ({ queue_id, job_id, lease }));
  const { results } = await client.expect(200, "POST", `/finish/${TYPE}/`, leases);
  return results.filter((result) => result.status === "success").length;
}
