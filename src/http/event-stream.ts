import type { ServerResponse } from "node:http";

/** One Server-Sent Event. */
export interface ServerSentEvent {
  /** What a client that comes back sends as `Last-Event-ID`. */
  id?: string;
  event: string;
  /** JSON text. */
  data: string;
}

/** An answer that goes on for as long as there are events and somebody to read them. */
export interface EventStream {
  /** Must end soon after the connection has closed. */
  events: AsyncIterable<ServerSentEvent>;
  /** How often a comment is sent, so that nobody on the way takes the connection for dead, ms. */
  heartbeatMs: number;
  /** Aborted when there is nobody to read any more, or the server stops. */
  signal: AbortSignal;
}

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // Proxies that gather answers would hold events back.
  "X-Accel-Buffering": "no",
};
const COMMENT = ":\n\n";

/**
 * Writes events as they come, and takes the next one only when the client has room for it. Resolves when the events have
 * ended or the client has gone; rejects when the events fail.
 */
export async function writeEvents(response: ServerResponse, stream: EventStream): Promise<void> {
  const { events, heartbeatMs, signal } = stream;
  response.writeHead(200, HEADERS);
  response.flushHeaders();
  const heartbeat = setInterval(() => response.writableNeedDrain || response.write(COMMENT), heartbeatMs);
  try {
    for await (const event of events) {
      if (response.destroyed) break;
      if (!response.write(formatEvent(event))) await drained(response, signal);
    }
  } finally {
    clearInterval(heartbeat);
  }
  // A client that does not read would keep a server that stops from stopping.
  if (response.writableNeedDrain) response.destroy();
  else response.end();
}

/** JSON text may have line breaks between its tokens; the client puts the lines together again. */
export function formatEvent({ id, event, data }: ServerSentEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\n${lines.join("")}\n`;
}

/** Resolves when what was written is on its way, or when nobody waits for that any more. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      signal.removeEventListener("abort", go);
      done();
    };
    response.once("drain", go).once("close", go);
    signal.addEventListener("abort", go);
    if (response.destroyed || signal.aborted) go();
  });
}
