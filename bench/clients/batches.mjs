/** Eight clients of a server, each of which enqueues, dequeues and finishes a hundred jobs at a time, in some queues. */
import { openClient } from "../lib/http.mjs";
import { jobId, PAYLOAD, severally } from "../lib/jobs.mjs";
import { Scope } from "../lib/scope.mjs";
import { serveRounds } from "./rounds.mjs";

const CLIENTS = 8;
const BATCH = 100;
const TYPE = "batch";
const PAYLOAD_TEXT = JSON.stringify(PAYLOAD);
const DISPATCH = /("queue_id":"[^"]+"),("job_id":"[^"]+"),"payload":.*?("lease":"\d+")/g;

const { url, queues } = JSON.parse(process.argv[2]);
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
  const first = number;
  number += BATCH;
  const jobs = Array.from({ length: BATCH }, (_, i) => jobText(first + i));
  const answer = await answered("POST", `/enqueue/${TYPE}/`, `[${jobs.join(",")}]`);
  if (answer.split('"status":"queued"}').length !== BATCH + 1) throw new Error("a job was refused");
}

/** JSON is put together and taken apart as text, because the clients must cost less than the server. */
function jobText(n) {
  return `{"queue_id":"q${n % queues}","job_id":"${jobId(n)}","interval":0,"payload":${PAYLOAD_TEXT}}`;
}

async function dequeueAndFinish() {
  const { status, text } = await client.call("GET", `/dequeue/${TYPE}/?count=${BATCH}`);
  // Another client has taken the last ones and is about to finish them.
  if (status === 404) return 0;
  const leases = Array.from(text.matchAll(DISPATCH), ([, queue, job, lease]) => `{${queue},${job},${lease}}`);
  const answer = await answered("POST", `/finish/${TYPE}/`, `[${leases.join(",")}]`);
  // The answer as a whole has a status, too.
  return answer.split('"status":"success"').length - 2;
}

async function answered(method, path, body) {
  const { status, text } = await client.call(method, path, body);
  if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 300)}`);
  return text;
}
