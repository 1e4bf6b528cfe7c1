import { type DestinationStream, destination, type Logger, pino } from "pino";

export type { Logger };

/** An error as the log may hold it. */
interface LoggedError {
  type: string;
  message: string;
  code?: unknown;
  stack?: string | undefined;
  cause?: LoggedError;
}

/** A structured log, one JSON object a line, on stderr: stdout belongs to what the command prints. */
export function createLog(level: string, stream: DestinationStream = standardError()): Logger {
  return pino({ level, base: { pid: process.pid }, serializers: { err: withoutSecrets } }, stream);
}

/** A log that can't be written, as on a full disk, must not end the server; there is nowhere left to tell it. */
function standardError(): DestinationStream {
  const stream = destination({ dest: 2, sync: true });
  stream.on("error", () => undefined);
  return stream;
}

/**
 * Takes of an error only what is known to be harmless: errors of the Redis client carry the command with all its
 * arguments, and those are passwords and payloads.
 */
function withoutSecrets(error: unknown): LoggedError | unknown {
  if (!(error instanceof Error)) return error;
  return {
    type: error.name,
    message: error.message,
    ...("code" in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: withoutSecrets(error.cause) } : {}),
  };
}
