import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { RequestProblem } from "../route.js";

/** What the SHARQ dialect accepts, and how it says what it does not accept. */

export interface EnqueueBody {
  job_id: string;
  interval: number;
  payload: unknown;
  requeue_limit?: number | null;
  delay?: number;
  priority?: number;
  expire?: number;
  retain?: number;
}

const NAME = "^[A-Za-z0-9_-]{1,100}$";
const isName = new RegExp(NAME);
const TEN_YEARS_MS = 3650 * 86_400_000;

const interval = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const duration = { type: "integer", minimum: 0, maximum: TEN_YEARS_MS } as const;

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });

const enqueueFields = {
  job_id: { type: "string", pattern: NAME },
  interval,
  payload: {},
  requeue_limit: { type: ["integer", "null"], minimum: -1, maximum: 2_147_483_647 },
  delay: duration,
  priority: { type: "integer", minimum: -1000, maximum: 1000 },
  expire: { ...duration, minimum: 1 },
  retain: duration,
} as const;

export const checkEnqueue = checker<EnqueueBody>({
  type: "object",
  required: ["job_id", "interval", "payload"],
  additionalProperties: false,
  properties: enqueueFields,
});

/** One item of a batch of enqueues: it names its queue itself. */
export const checkEnqueueItem = checker<EnqueueBody & { queue_id: string }>({
  type: "object",
  required: ["queue_id", "job_id", "interval", "payload"],
  additionalProperties: false,
  properties: { queue_id: { type: "string", pattern: NAME }, ...enqueueFields },
});

/** One item of a batch of finishes. */
export const checkFinishItem = checker<{ queue_id: string; job_id: string; lease?: string }>({
  type: "object",
  required: ["queue_id", "job_id"],
  additionalProperties: false,
  properties: {
    queue_id: { type: "string", pattern: NAME },
    job_id: { type: "string", pattern: NAME },
    lease: { type: "string", minLength: 1, maxLength: 100 },
  },
});

export const checkInterval = checker<{ interval: number }>({
  type: "object",
  required: ["interval"],
  additionalProperties: false,
  properties: { interval },
});

export const checkPurge = checker<{ purge_all?: boolean }>({
  type: "object",
  additionalProperties: false,
  properties: { purge_all: { type: "boolean" } },
});

/** Whether a payload asks for a limit on its queue's length. */
export const isQueueLimit = ajv.compile<{ max_queued_length: number }>({
  type: "object",
  required: ["max_queued_length"],
  properties: { max_queued_length: interval },
});

/** A queue type, queue id or job id. Throws RequestProblem 400 for what is none. */
export function name(from: Readonly<Record<string, unknown>>, field: string): string {
  const value = from[field];
  if (typeof value === "string" && isName.test(value)) return value;
  throw invalid(field);
}

/**
 * Refuses query parameters that are not known: a misspelt `lease` must not pass for a request without one.
 * Throws RequestProblem 400.
 */
export function onlyKnown(query: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(query).filter((field) => !known.includes(field));
  if (unknown.length > 0) throw unknownFields(unknown);
}

/** A query parameter that may be left out but not be empty or given twice. */
export function text(from: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = from[field];
  if (value === undefined || (typeof value === "string" && value !== "" && value.length <= 100)) return value;
  throw invalid(field);
}

/** A query parameter that is a whole number. Throws RequestProblem 400 for another or one out of range. */
export function integer(
  from: Readonly<Record<string, unknown>>,
  field: string,
  minimum: number,
  maximum: number,
): number | undefined {
  const value = from[field];
  if (value === undefined) return undefined;
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  throw invalid(field, `an integer from ${minimum} to ${maximum}`);
}

function checker<T>(schema: object): (body: object) => T {
  const validate: ValidateFunction<T> = ajv.compile<T>(schema);
  return (body) => {
    const candidate: unknown = body;
    if (validate(candidate)) return candidate;
    throw problem(validate.errors ?? []);
  };
}

/** Unknown fields are told first and all at once: a misspelt field often makes another one missing. */
function problem(errors: ErrorObject[]): RequestProblem {
  const unknown = errors.filter((error) => error.keyword === "additionalProperties");
  if (unknown.length > 0) {
    return unknownFields(unknown.map((error) => String(error.params["additionalProperty"])));
  }
  const missing = errors.find((error) => error.keyword === "required");
  if (missing) return new RequestProblem(400, `\`${missing.params["missingProperty"]}\` is a mandatory parameter`);
  const [wrong] = errors;
  return wrong ? invalid(wrong.instancePath.slice(1), expected(wrong.parentSchema)) : invalid("body");
}

function unknownFields(fields: string[]): RequestProblem {
  return new RequestProblem(400, `${fields.map((field) => `\`${field}\``).join(", ")}: no such parameter.`);
}

function invalid(field: string, mustBe?: string): RequestProblem {
  const hint = mustBe === undefined ? "" : ` It must be ${mustBe}.`;
  return new RequestProblem(400, `\`${field}\` has an invalid value.${hint}`);
}

/** What a field must be, from its schema; nothing for a name, whose message is the original's. */
function expected(schema: ErrorObject["parentSchema"]): string | undefined {
  const { type, minimum, maximum } = schema ?? {};
  if (type === "boolean") return "true or false";
  if (minimum === undefined) return undefined;
  return `an integer from ${minimum} to ${maximum}${Array.isArray(type) ? ", or null" : ""}`;
}
