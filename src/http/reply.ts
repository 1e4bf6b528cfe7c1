import type { ServerResponse } from "node:http";
import type { Reply } from "./route.js";

/**
 * Writes a reply as it is. Express's own `send` is not used: it may turn an answer that carries a job into a 304
 * without a body when the client sends `If-None-Match: *`.
 */
export function writeReply(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(reply.body),
    "Cache-Control": "no-store",
    ...reply.headers,
  });
  response.end(reply.body);
}
