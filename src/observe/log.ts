import { destination, type Logger, pino } from "pino";

export type { Logger };

/** A structured log, one JSON object a line, on stderr: stdout belongs to what the command prints. */
export function createLog(level: string): Logger {
  return pino({ level, base: { pid: process.pid } }, destination({ dest: 2, sync: true }));
}
