import Type, { type Static, type TSchema } from "typebox";
import { jsonItems } from "../../json-member.js";
import type { Request } from "../../route.js";
import { type Checked, checker, good } from "./check.js";
import { InvalidInput } from "./invalid-input.js";
import { object } from "./schemas/values.js";

/** How a route takes its body: what the document says of it, and how it is read. */
export interface BodyReader<Body> {
  /** Schemas by content type. */
  content: Readonly<Record<string, TSchema>>;
  required: boolean;
  /** Throws RequestProblem. */
  read(request: Request): Body;
}

/** A value with the text that it was read from, because a payload is kept as the text that it came as. */
export interface Parsed<T> {
  value: T;
  text: string;
}

const JSON_TYPE = "application/json";
const NDJSON_TYPE = "application/x-ndjson";

export const noBody: BodyReader<void> = { content: {}, required: false, read: () => undefined };

/** A JSON value. Where the body is not required, none at all is an empty object. */
export function jsonBody<Schema extends TSchema>(
  schema: Schema,
  { required = true } = {},
): BodyReader<Parsed<Static<Schema>>> {
  const check = checker(schema);
  return {
    content: { [JSON_TYPE]: schema },
    required,
    read: ({ body }) => {
      const text = !required && body.trim() === "" ? "{}" : body;
      return { value: good(check(parse(text))), text };
    },
  };
}

/** For actions that want no more than their path. */
export const emptyBody = jsonBody(object({}), { required: false });

/** One thing or a list of them. */
export function listBody<One extends TSchema, List extends TSchema>(schemas: {
  one: One;
  list: List;
}): BodyReader<Static<One> | Static<List>> {
  const one = checker(schemas.one);
  const list = checker(schemas.list);
  return {
    content: { [JSON_TYPE]: Type.Union([schemas.one, schemas.list]) },
    required: true,
    read: ({ body }) => {
      const value = parse(body);
      return Array.isArray(value) ? good(list(value)) : good(one(value));
    },
  };
}

/** An item of a batch: what it was meant to be is only known when it is right. */
export type BatchItem<T> = Checked<T> & { text: string; candidate: unknown };

/** Up to `most` items as a JSON array or as lines of JSON; one that is wrong does not keep the others out. */
export function batchBody<Schema extends TSchema>(
  schema: Schema,
  most: number,
): BodyReader<BatchItem<Static<Schema>>[]> {
  const check = checker(schema);
  const lines = Type.String({ description: "One JSON object a line, as in the list; empty lines are allowed." });
  return {
    content: { [JSON_TYPE]: Type.Array(schema, { maxItems: most }), [NDJSON_TYPE]: lines },
    required: true,
    read: (request) => {
      const texts = isNdjson(request) ? linesOf(request.body) : itemsOf(request.body);
      if (texts.length > most) throw new InvalidInput([{ path: "", message: `must not have more than ${most} items` }]);
      return texts.map((text) => readItem(text, check));
    },
  };
}

function readItem<T>(text: string, check: (candidate: unknown) => Checked<T>): BatchItem<T> {
  const candidate = tryParse(text);
  if (candidate === undefined) return { errors: [{ path: "", message: "must be JSON" }], status: 400, text, candidate };
  return { ...check(candidate), text, candidate };
}

function isNdjson({ headers }: Request): boolean {
  return headers["content-type"]?.split(";")[0]?.trim().toLowerCase() === NDJSON_TYPE;
}

function linesOf(body: string): string[] {
  return body.split("\n").filter((line) => line.trim() !== "");
}

function itemsOf(body: string): string[] {
  if (Array.isArray(parse(body))) return jsonItems(body);
  throw new InvalidInput([{ path: "", message: "must be array" }]);
}

function parse(text: string): unknown {
  const value = tryParse(text);
  if (value !== undefined) return value;
  throw new InvalidInput([{ path: "", message: text.trim() === "" ? "is missing" : "must be JSON" }]);
}

/** `undefined`, which no JSON text stands for, when the text is none. */
function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
