/** What workers that wait cost: processor time of server and Redis while 1 000 long polls are open. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { processorMs } from "../lib/processor.mjs";
import { atMost, row } from "../lib/rows.mjs";
import { startSite } from "../lib/server.mjs";

const POLLS = 1000;
const SETTLE_MS = 2000;
const MEASURED_MS = 10_000;
const REQUEST = "GET /dequeue/idle/?wait=60000 HTTP/1.1\r\nHost: sharq\r\n\r\n";

export const idle = {
  name: "idle",
  title: "1 000 idle long polls",
  async run(scope) {
    const { server, redis } = await startSite(scope);
    const polls = await openPolls(scope, new URL(server.url));
    await sleep(SETTLE_MS);
    const before = [processorMs(server.pid), processorMs(redis.pid)];
    await sleep(MEASURED_MS);
    const [ofServer, ofRedis] = [processorMs(server.pid) - before[0], processorMs(redis.pid) - before[1]];
    const answered = polls.filter((poll) => poll.answer !== "");
    if (answered.length > 0) throw new Error(`${answered.length} polls did not wait: ${answered[0].answer}`);
    return { rows: [resultRow(ofServer, ofRedis)] };
  },
};

async function openPolls(scope, { hostname, port }) {
  const polls = Array.from({ length: POLLS }, () => ({ socket: connect(Number(port), hostname), answer: "" }));
  scope.defer(() => polls.forEach(({ socket }) => void socket.destroy()));
  await Promise.all(polls.map(ask));
  return polls;
}

function ask(poll) {
  const { socket } = poll;
  socket.on("data", (part) => {
    poll.answer += part;
  });
  return new Promise((done, failed) => {
    socket.once("error", failed);
    socket.once("connect", () => socket.write(REQUEST, done));
  });
}

function resultRow(serverMs, redisMs) {
  const percent = (ms) => (ms * 100) / MEASURED_MS;
  return row("processor time", percent(serverMs + redisMs), {
    unit: " % of a core",
    digits: 1,
    target: atMost(3, " %"),
    absolute: `server ${percent(serverMs).toFixed(1)} %, Redis ${percent(redisMs).toFixed(1)} %, over 10 s`,
  });
}
