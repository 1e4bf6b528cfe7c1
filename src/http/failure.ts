import { SharqError } from "../engine/errors.js";
import { type Dialect, type Reply, RequestProblem } from "./route.js";

/**
 * The answer for anything that was thrown on the way to a reply. `report` is told of what the operator should know;
 * the client of a fault of our own sees only that there was one.
 */
export function answerFailure(error: unknown, dialect: Dialect, report: (error: unknown) => void): Reply {
  if (error instanceof RequestProblem) return dialect.refuse(error);
  if (error instanceof SharqError) {
    if (error.code === "unavailable") report(error);
    return dialect.failures[error.code](error);
  }
  report(error);
  return dialect.refuse(new RequestProblem(500, "The server failed; its log says how."));
}
