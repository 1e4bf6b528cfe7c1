import type { IncomingMessage, ServerResponse } from "node:http";
import morgan from "morgan";
import { destination } from "pino";

/** What an HTTP server runs before its routes. */
export type BeforeRequest = (request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => void;

/** Writes one line a request, in the Combined Log Format, to a file that is appended to. Throws when it can't. */
export function createAccessLog(file: string): BeforeRequest {
  const stream = destination({ dest: file, append: true, mkdir: true, sync: true });
  return morgan("combined", { stream });
}
