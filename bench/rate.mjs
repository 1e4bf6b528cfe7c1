/**
 * How exactly queues keep their rate: 4 processes ask one server as fast as they can, over 100 queues with an interval
 * of 50 ms and backlog all the time. Prints the smallest distance between two dispatches of a queue, on Redis's clock,
 * and the lowest rate that a queue reached, in percent of its limit.
 * Usage: node bench/rate.mjs [seconds] [queues] [interval in ms]; needs the build.
 */
import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

const ASKING = 4;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function call(url, method, path, body) {
  return new Promise((done, failed) => {
    const sent = request(url + path, { method, agent }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => done({ status: response.statusCode, body: JSON.parse(text) }));
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

/**
 * Asks until the time is over; sends the parent every dispatch it got as [queue id, time in us]. Speaks HTTP by hand on
 * one connection, because a full client costs more than the server and would take the cores from it.
 */
function ask(url, seconds) {
  const { hostname, port } = new URL(url);
  const dispatches = [];
  const until = Date.now() + seconds * 1000;
  const socket = connect(Number(port), hostname);
  const next = () => socket.write("GET /dequeue/rate/ HTTP/1.1\r\nHost: sharq\r\n\r\n");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
    const [, length] = /content-length: (\d+)/i.exec(received) ?? [];
    const start = received.indexOf("\r\n\r\n") + 4;
    if (start < 4 || received.length < start + Number(length)) return;
    // The token of a lease is the time of its dispatch on Redis's clock.
    const [, queue, lease] = /"queue_id":"(\w+)".*"lease":"(\d+)"/.exec(received) ?? [];
    if (lease) dispatches.push([queue, Number(lease)]);
    received = "";
    if (Date.now() < until) next();
    else process.send(dispatches, () => process.exit(0));
  });
  next();
}

async function startServer(directory) {
  const environment = { ...process.env, SHARQ_REDIS_DATA_DIR: join(directory, "data"), SHARQ_SERVER_PORT: "0" };
  const server = spawn(process.execPath, ["bin/sharq-server"], { env: environment, stdio: ["ignore", "pipe", 2] });
  const address = await new Promise((done) => {
    let text = "";
    server.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /Listening on: (\S+)\n/.exec(text);
      if (found) done(found[1]);
    });
  });
  return { server, url: `http://${address}` };
}

async function fill(url, queues, intervalMs, jobs) {
  for (let job = 0; job < jobs; job += 1) {
    const body = JSON.stringify({ job_id: `j${job}`, interval: intervalMs, payload: job, expire: 3_600_000 });
    await Promise.all(Array.from({ length: queues }, (_, q) => call(url, "POST", `/enqueue/rate/q${q}/`, body)));
  }
}

function measure(dispatches, seconds, intervalMs) {
  const byQueue = groupByFirst(dispatches);
  let smallestGapUs = Number.POSITIVE_INFINITY;
  const percents = [];
  for (const of of byQueue.values()) {
    const times = of.map(([, us]) => us).sort((a, b) => a - b);
    for (let i = 1; i < times.length; i += 1) smallestGapUs = Math.min(smallestGapUs, times[i] - times[i - 1]);
    // From the first dispatch to the last one, n dispatches at the limit take (n - 1) intervals.
    percents.push(((times.length - 1) * intervalMs * 100_000) / (times.at(-1) - times[0]));
  }
  percents.sort((a, b) => a - b);
  return {
    queues: byQueue.size,
    dispatches: dispatches.length,
    "dispatches/s": Math.round(dispatches.length / seconds),
    "smallest gap, ms": smallestGapUs / 1000,
    "lowest rate, %": Number(percents[0].toFixed(2)),
    "median rate, %": Number(percents[Math.floor(percents.length / 2)].toFixed(2)),
  };
}

function groupByFirst(pairs) {
  const groups = new Map();
  for (const pair of pairs) groups.set(pair[0], [...(groups.get(pair[0]) ?? []), pair]);
  return groups;
}

async function main(seconds, queues, intervalMs) {
  const directory = mkdtempSync(join(tmpdir(), "sharq-rate-"));
  const { server, url } = await startServer(directory);
  try {
    await fill(url, queues, intervalMs, Math.ceil((seconds * 1000) / intervalMs) + 10);
    const lists = await Promise.all(
      Array.from({ length: ASKING }, () => {
        const child = fork(new URL(import.meta.url).pathname, ["ask", url, String(seconds)]);
        return new Promise((done) => child.once("message", done));
      }),
    );
    console.log(
      `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${seconds} s, interval ${intervalMs} ms`,
    );
    console.table(measure(lists.flat(), seconds, intervalMs));
  } finally {
    const gone = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await gone;
    rmSync(directory, { recursive: true });
  }
}

const [first = "20", second = "100", third = "50"] = process.argv.slice(2);
if (first === "ask") ask(second, Number(third));
else await main(Number(first), Number(second), Number(third));
agent.destroy();
