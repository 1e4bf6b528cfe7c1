import { openSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import morgan from "morgan";
import { destination } from "pino";

/** What an HTTP server runs before its routes. */
export type BeforeRequest = (request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => void;

/**
 * Writes one line a request, in the Combined Log Format, to a file that is appended to. `onError` is told when that
 * fails, as on a full disk; requests are served all the same. Throws when the file can't be opened.
 */
export function createAccessLog(file: string, onError: (error: Error) => void): BeforeRequest {
  const stream = destination({ fd: openSync(file, "a"), sync: true });
  stream.on("error", onError);
  return morgan("combined", { stream });
}
