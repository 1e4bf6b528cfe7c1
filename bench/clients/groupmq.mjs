/**
 * GroupMQ: eight producers that add a hundred jobs at a time to 1 000 groups, and a worker that does nothing a hundred
 * times at once. It gathers single jobs into batches by itself.
 */
import { Queue, Worker } from "groupmq";
import { Redis } from "ioredis";
import { PAYLOAD, severally } from "../lib/jobs.mjs";
import { serveRounds } from "./rounds.mjs";

const PRODUCERS = 8;
const BATCH = 100;
const GROUPS = 1000;

const { socket } = JSON.parse(process.argv[2]);
const redis = new Redis({ path: socket, maxRetriesPerRequest: null });
const queue = new Queue({ redis, namespace: "batch", autoBatch: { size: BATCH, maxWaitMs: 1 } });
let left = 0;
let done = () => {};
const worker = new Worker({
  queue,
  concurrency: 100,
  handler: async () => {},
});
worker.on("completed", () => {
  left -= 1;
  if (left === 0) done();
});
worker.run();
let number = 0;

serveRounds(async (jobs) => {
  let toAdd = jobs;
  left = jobs;
  const finished = new Promise((resolve) => {
    done = resolve;
  });
  await severally(PRODUCERS, async () => {
    while (toAdd > 0) {
      toAdd -= BATCH;
      await Promise.all(Array.from({ length: BATCH }, add));
    }
  });
  await finished;
});

function add() {
  number += 1;
  return queue.add({ groupId: `q${number % GROUPS}`, data: PAYLOAD });
}
