/** BullMQ: eight producers that add a hundred jobs at a time, and a worker that may have a hundred at once. */
import { Queue, Worker } from "bullmq";
import { PAYLOAD, severally } from "../lib/jobs.mjs";
import { serveRounds } from "./rounds.mjs";

const PRODUCERS = 8;
const BATCH = 100;
const NAME = "batch";

const { socket } = JSON.parse(process.argv[2]);
const connection = { path: socket, maxRetriesPerRequest: null };
const queue = new Queue(NAME, { connection });
const worker = new Worker(NAME, async () => {}, { connection, concurrency: 100 });
const hundred = Array.from({ length: BATCH }, () => ({ name: NAME, data: PAYLOAD, opts: { removeOnComplete: true } }));

serveRounds(async (jobs) => {
  let toAdd = jobs;
  const done = completions(jobs);
  await severally(PRODUCERS, async () => {
    while (toAdd > 0) {
      toAdd -= BATCH;
      await queue.addBulk(hundred);
    }
  });
  await done;
});

function completions(jobs) {
  return new Promise((done) => {
    let left = jobs;
    worker.on("completed", function count() {
      left -= 1;
      if (left > 0) return;
      worker.off("completed", count);
      done();
    });
  });
}
