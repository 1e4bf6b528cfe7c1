/** The jobs of the benches: payloads of 100 bytes and job ids of 36 characters. */

export const ID_PREFIX = "00000000-0000-4000-8000-";
/** Added to a job's number, so that each has twelve digits. */
export const FIRST_NUMBER = 100_000_000_000;
const BATCH = 1000;
const DEQUEUED_AT_ONCE = 500;
const AT_ONCE = 4;

export const PAYLOAD = {
  to: "+33612345678",
  text: "Your parcel comes tomorrow between nine and eleven o'clock. Good day!",
};

export function jobId(number) {
  return ID_PREFIX + (FIRST_NUMBER + number);
}

/** A job as `POST /enqueue/<queue_type>/` takes it. */
export function job(queueId, number, interval = 0) {
  return { queue_id: queueId, job_id: jobId(number), interval, payload: PAYLOAD };
}

/** Jobs `first` to `first + count - 1`, dealt to the queues q0, q1, ... in turn. */
export function* dealt(count, queues, { first = 0, interval = 0 } = {}) {
  for (let n = first; n < first + count; n += 1) yield job(`q${n % queues}`, n, interval);
}

/** Enqueues all of them; throws when one is refused or lives already. */
export async function enqueueAll(client, queueType, jobs) {
  const batches = inBatches(jobs);
  await severally(AT_ONCE, async () => {
    for (const batch of batches) {
      const { results } = await client.expect(200, "POST", `/enqueue/${queueType}/`, batch);
      const wrong = results.find(({ status, duplicate }) => status !== "queued" || duplicate);
      if (wrong || results.length !== batch.length) throw new Error(`enqueue answered ${JSON.stringify(wrong)}`);
    }
  });
}

/** Dequeues exactly `count` jobs; throws when there are fewer. */
export async function dequeueAll(client, queueType, count) {
  let left = count;
  await severally(AT_ONCE, async () => {
    while (left > 0) {
      const wanted = Math.min(left, DEQUEUED_AT_ONCE);
      left -= wanted;
      const { jobs } = await client.expect(200, "GET", `/dequeue/${queueType}/?count=${wanted}`);
      left += wanted - jobs.length;
    }
  });
}

export async function severally(workers, work) {
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
}

function* inBatches(jobs) {
  let batch = [];
  for (const one of jobs) {
    if (batch.push(one) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
