import Type, { type Static, type TSchema } from "typebox";

/**
 * The single values of the native API. A schema with a `title` is a component of the OpenAPI document; one without is
 * written out where it is used.
 */

const TEN_YEARS_MS = 3650 * 86_400_000;
const PRINTABLE = "[ -~]";
/** Printable ASCII but `/` and `:`. */
const OF_A_QUEUE_ID = "[ -.0-9;-~]";

export const queueType = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,100}$",
  description: "1 to 100 characters of `A-Z a-z 0-9 _ -`.",
});
export const queueId = Type.String({
  pattern: `^${OF_A_QUEUE_ID}{1,200}$`,
  description: "1 to 200 printable ASCII characters but `:` and `/`.",
});
/** What a producer may call a job. */
export const newJobId = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,100}$",
  description: "1 to 100 characters of `A-Z a-z 0-9 _ -`; unique in its queue while the job lives.",
});
/** What a job may be called: a dead letter whose id is used again gets a longer one. */
export const jobId = Type.String({
  pattern: "^[A-Za-z0-9_~-]{1,120}$",
  description: "1 to 120 characters of `A-Z a-z 0-9 _ - ~`.",
});

export const interval = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Milliseconds between two dispatches; 0 is no limit.",
});
export const burst = Type.Integer({
  minimum: 1,
  maximum: 1_000_000,
  description: "Dispatches that may be done at once after a rest.",
});
export const concurrency = Type.Integer({
  minimum: 1,
  maximum: 1_000_000,
  description: "Jobs that may be active at once.",
});
export const maxLength = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Jobs that may wait.",
});
export const requeueLimit = Type.Integer({
  minimum: -1,
  maximum: 2_147_483_647,
  description: "How often the job may be requeued; -1 is no limit.",
});
export const priority = Type.Integer({
  minimum: -1000,
  maximum: 1000,
  description: "Higher goes first within the queue; 0 is normal.",
});
export const progress = Type.Number({ minimum: 0, maximum: 1 });
export const tag = Type.String({
  pattern: `^${PRINTABLE}{1,100}$`,
  description: "1 to 100 printable ASCII characters.",
});
export const tags = list(tag, { maxItems: 20, uniqueItems: true, description: "What the job can be listed by." });
export const worker = Type.String({
  pattern: "^[^\\u0000-\\u001f\\u007f]{1,200}$",
  description: "Who takes the job; kept with it. 1 to 200 characters, no control characters.",
});
export const lease = Type.String({
  minLength: 1,
  maxLength: 100,
  description: "The token of a dispatch; opaque.",
});
/** Any JSON value. Served as the text it came as, so a number of any size and the order of keys survive. */
export const json = Type.Unknown({ description: "Any JSON value; kept byte for byte." });
export const count = Type.Integer({ minimum: 0 });

/** A length of time, ms. */
export function duration(description: string, minimum = 0, maximum = TEN_YEARS_MS) {
  return Type.Integer({ minimum, maximum, description: `${description} Milliseconds.` });
}

/** A point in time, ms. What is far in the future may be shown without its last digits. */
export function time(description: string) {
  return Type.Integer({ minimum: 0, description: `${description} Unix epoch milliseconds.` });
}

/** A point in time that a client gives, ms. */
export function givenTime(description: string) {
  return Type.Integer({ ...time(description), maximum: Number.MAX_SAFE_INTEGER });
}

export const retryDelays = list(duration("A delay."), {
  maxItems: 100,
  description: "How long the job waits after its first, second, ... failed attempt; the last one holds on.",
});

/** Items that nobody changes. */
export function list<Item extends TSchema>(items: Item, more: object = {}) {
  return Type.Unsafe<readonly Static<Item>[]>({ type: "array", items, ...more });
}

/** A value of a schema with one `type`, or `null`. */
export function nullable<Schema extends TSchema>(schema: Schema) {
  const { type, ...rest } = schema as Schema & { type: string };
  return Type.Unsafe<Static<Schema> | null>({ type: [type, "null"], ...rest });
}

/** One of some words. */
export function oneOf<const Words extends readonly string[]>(words: Words, more: object = {}) {
  return Type.Unsafe<Words[number]>({ type: "string", enum: [...words], ...more });
}

/** An object that has no other members than these. */
export function object<Properties extends Record<string, TSchema>>(properties: Properties, more: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...more });
}

/** The same object with every member left to choice. */
export function partial<Properties extends Record<string, TSchema>>(properties: Properties, more: object = {}) {
  return Type.Partial(Type.Object(properties), { additionalProperties: false, ...more });
}
