/**
 * Workers that ask for the next job again and again, each over a connection of its own, from the message "go" on. When
 * their time is over, sends what they got: of each dispatch its queue, its time and the time of its receipt, us.
 * HTTP is spoken by hand, because a full client costs more than the server and would take the cores from it.
 */
import { connect } from "node:net";

const { url, path, connections, seconds } = JSON.parse(process.argv[2]);
const { hostname, port } = new URL(url);
const request = `GET ${path} HTTP/1.1\r\nHost: sharq\r\n\r\n`;
const dispatches = { queues: [], timesUs: [], receiptsUs: [] };
let until = 0;

const clockOffsetMs = clockOffset();
const sockets = await Promise.all(Array.from({ length: connections }, open));
process.once("message", go);
process.once("disconnect", () => process.exit(0));
process.send("ready");

function open() {
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  let received = "";
  socket.on("data", (part) => {
    received += part;
    if (!isWhole(received)) return;
    note(received);
    received = "";
    if (Date.now() < until) socket.write(request);
  });
  return new Promise((done, failed) => {
    socket.once("connect", () => done(socket));
    socket.once("error", failed);
  });
}

function isWhole(text) {
  const start = text.indexOf("\r\n\r\n") + 4;
  if (start < 4) return false;
  const [, length] = /content-length: (\d+)/i.exec(text) ?? [];
  return text.length >= start + Number(length);
}

function note(text) {
  // The token of a lease is the time of its dispatch on Redis's clock, which is this machine's.
  const receivedUs = (clockOffsetMs + performance.now()) * 1000;
  for (const [, queue, lease] of text.matchAll(/"queue_id":"(\w+)".*?"lease":"(\d+)"/g)) {
    dispatches.queues.push(queue);
    dispatches.timesUs.push(Number(lease));
    dispatches.receiptsUs.push(receivedUs);
  }
}

/**
 * From the clock that has microseconds to the one that Redis has, of which Node shows milliseconds: the two are compared
 * at the ticks of the latter. A comparison that was held up gives too little, so the largest one holds.
 */
function clockOffset() {
  const offsets = Array.from({ length: 20 }, () => {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    return now - performance.now();
  });
  return Math.max(...offsets);
}

function go() {
  until = Date.now() + seconds * 1000;
  for (const socket of sockets) socket.write(request);
  setTimeout(() => process.send(dispatches), seconds * 1000);
}
