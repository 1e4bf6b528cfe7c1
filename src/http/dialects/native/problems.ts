import { STATUS_CODES } from "node:http";
import type { SharqError, SharqErrorCode } from "../../../engine/errors.js";
import type { Dialect, Reply, RequestProblem } from "../../route.js";
import { type FieldError, InvalidInput } from "./invalid-input.js";

/** How the native API refuses, after RFC 9457. */

export const PROBLEM_TYPE = "application/problem+json";
const RETRY = { "Retry-After": "1" };

/** A kind of refusal: its status, its title, and what else is told of it. */
interface Kind {
  status: number;
  title: string;
  /** For the documentation. */
  when: string;
  detail?: (error: SharqError) => string;
  errors?: (error: SharqError) => readonly FieldError[];
  headers?: Readonly<Record<string, string>>;
}

/** All refusals of the engine. */
export const REFUSALS: Readonly<Record<SharqErrorCode, Kind>> = {
  unknown_job: { status: 404, title: "No such job", when: "There is no such job, living or kept." },
  unknown_queue: { status: 404, title: "No such queue", when: "There is no such queue." },
  not_active: { status: 404, title: "Not active", when: "No such job is active." },
  wrong_state: {
    status: 409,
    title: "Wrong state",
    when: "The job's state, which `detail` names, does not allow it.",
  },
  stale_lease: {
    status: 409,
    title: "Lease over",
    when: "The token is not that of the job's current lease. Nothing was changed.",
  },
  not_dispatchable: {
    status: 409,
    title: "Not dispatchable",
    when: "The queue or its type is paused, full or under a penalty, so that the job can't be claimed.",
  },
  queue_full: {
    status: 429,
    title: "Queue full",
    when: "As many jobs wait in the queue as its `max_length` allows.",
    detail: ({ waiting }) => `The queue's length limit is reached; ${waiting ?? 0} jobs wait in it.`,
  },
  bad_cursor: {
    status: 400,
    title: "Bad cursor",
    when: "The cursor is none that this list gave.",
    errors: () => [{ path: "/query/cursor", message: "must be what this list gave as next_cursor" }],
  },
  bad_limit: {
    status: 400,
    title: "Bad limit",
    when: "The limit can't be kept with the partitions of the type.",
    errors: ({ message, limit }) => [{ path: `/${limit}`, message }],
  },
  unavailable: {
    status: 503,
    title: "Unavailable",
    when: "Redis can't be reached or can't serve now; the same request may work a moment later.",
    headers: RETRY,
  },
};

/** What is wrong with a request in itself; all other refusals without a kind of their own are `about:blank`. */
export const INVALID_INPUT = { code: "invalid_input", title: "Invalid input", when: "`errors` tells what is wrong." };

/** The two members of a dialect that say how it refuses. `page` is where its kinds of problems are told of. */
export function refusals(page: string): Pick<Dialect, "refuse" | "failures"> {
  const typeOf = (code: string) => `${page}#problem-${code}`;
  const codes = Object.entries(REFUSALS) as [SharqErrorCode, Kind][];
  const failures = codes.map(
    ([code, kind]) => [code, (error: SharqError) => refusal(typeOf(code), kind, error)] as const,
  );
  return {
    refuse: (problem) => refuse(problem, typeOf(INVALID_INPUT.code)),
    failures: Object.fromEntries(failures) as unknown as Dialect["failures"],
  };
}

function refusal(type: string, { status, title, detail, errors, headers = {} }: Kind, error: SharqError): Reply {
  const told = { type, title, status, detail: detail?.(error) ?? error.message, errors: errors?.(error) };
  return { status, type: PROBLEM_TYPE, body: JSON.stringify(told), headers };
}

function refuse(problem: RequestProblem, invalidInput: string): Reply {
  const { status, message: detail, headers } = problem;
  const told =
    problem instanceof InvalidInput
      ? { type: invalidInput, title: INVALID_INPUT.title, status, detail, errors: problem.errors }
      : { type: "about:blank", title: STATUS_CODES[status] ?? "Refused", status, detail };
  return { status, type: PROBLEM_TYPE, body: JSON.stringify(told), headers };
}
