import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "@jest/globals";
import { formatEvent, writeEvents } from "../../src/http/event-stream.js";

test("an event is an id, a kind and lines of data", () => {
  expect(formatEvent({ id: "7", event: "log", data: '{"a":1}' })).toBe('id: 7\nevent: log\ndata: {"a":1}\n\n');
  expect(formatEvent({ event: "x", data: "[\r\n1,\r2\n]" })).toBe("event: x\ndata: [\ndata: 1,\ndata: 2\ndata: ]\n\n");
});

test("a silent stream sends comments, so that nobody takes it for dead", async () => {
  const ending = new AbortController();
  const server = createServer((_request, response) => {
    const silent = async function* () {
      await new Promise<void>((done) => ending.signal.addEventListener("abort", () => done()));
    };
    void writeEvents(response, { events: silent(), heartbeatMs: 5, signal: new AbortController().signal });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { body } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  let text = "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (text.length >= 9) ending.abort();
  }
  expect(text).toMatch(/^(:\n\n){3,}$/);
  server.close();
});

test("a client that does not read keeps nobody from stopping", async () => {
  const stopping = new AbortController();
  const data = JSON.stringify("x".repeat(100_000));
  const ended = new Promise<void>((done) => {
    const server = createServer((_request, response) => {
      const endless = async function* () {
        while (!stopping.signal.aborted) yield { event: "x", data };
      };
      void writeEvents(response, { events: endless(), heartbeatMs: 60_000, signal: stopping.signal }).then(() => {
        server.close(() => done());
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
      client.on("error", () => undefined);
      client.pause();
      client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      setTimeout(() => stopping.abort(), 100);
      void ended.then(() => client.destroy());
    });
  });
  await ended;
});
