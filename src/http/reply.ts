import type { ServerResponse } from "node:http";
import { type EventStream, writeEvents } from "./event-stream.js";
import type { Reply } from "./route.js";

/** Sends what a route answers: a reply at once; for a stream, it resolves when all of it is written. */
export function send(response: ServerResponse, answer: Reply | EventStream): Promise<void> | undefined {
  if ("events" in answer) return writeEvents(response, answer);
  writeReply(response, answer);
  return undefined;
}

/**
 * Writes a reply as it is. Express's own `send` is not used: it may turn an answer that carries a job into a 304
 * without a body when the client sends `If-None-Match: *`.
 */
export function writeReply(response: ServerResponse, reply: Reply): void {
  const headers = {
    "Content-Type": reply.type ?? "application/json",
    "Content-Length": Buffer.byteLength(reply.body),
    "Cache-Control": "no-store",
  };
  response.writeHead(reply.status, reply.headers ? { ...headers, ...reply.headers } : headers);
  // Given to `end`, a body would be sent with an empty second part behind it, by a dearer system call.
  response.write(reply.body);
  process.nextTick(() => response.end());
}

/** Has a listener called when the connection of an answer is closed, at once if it is already. */
export function whenClosed(response: ServerResponse): (listener: () => void) => void {
  return (listener) => {
    if (response.destroyed) listener();
    else response.once("close", listener);
  };
}
