import type { Static, TObject, TSchema } from "typebox";
import type { Engine } from "../../../engine/engine.js";
import type { SharqErrorCode } from "../../../engine/errors.js";
import type { EventStream } from "../../event-stream.js";
import { type Method, type Reply, type Request, type Route, route } from "../../route.js";
import { type BodyReader, noBody } from "./bodies.js";
import { type Checked, good } from "./check.js";
import { InvalidInput } from "./invalid-input.js";
import { parameterCheck } from "./parameters.js";
import { jobId, object, queueId, queueType } from "./schemas/values.js";

/** What the routes of the native API are declared with: their checks and their documentation come from it alike. */

/** What a `{name}` in a path stands for, in every path. */
const PATH_PARAMETERS = { type: queueType, queue: queueId, job: jobId };

type ParameterName = keyof typeof PATH_PARAMETERS;
type Params<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Record<Name, string> & Params<Rest>
  : unknown;

/** The tags by which the documentation groups operations. */
export type Tag = "Types" | "Queues" | "Jobs" | "Workers" | "Installation";

/** One good answer. */
export interface Answer {
  description: string;
  schema: TSchema;
  /** Its Content-Type; JSON unless given. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Input<Path extends string, Query, Headers, Body> {
  params: Params<Path>;
  query: Query;
  headers: Headers;
  body: Body;
  whenClosed: Request["whenClosed"];
}

/** What is told of an operation. */
export interface Description {
  /** Its name in clients that are made from the document. */
  id: string;
  tag: Tag;
  summary: string;
  description?: string;
  /** By status. */
  answers: Readonly<Record<number, Answer>>;
  /** How the engine may refuse it; `unavailable` unless `offline`. */
  refusals?: readonly SharqErrorCode[];
  /** It does not need Redis. */
  offline?: boolean;
}

interface Declaration<Path extends string, Query extends TObject, Headers extends TObject, Body> extends Description {
  query?: Query;
  headers?: Headers;
  body?: BodyReader<Body>;
  allowsHead?: boolean;
  handle(engine: Engine, input: Input<Path, Static<Query>, Static<Headers>, Body>): Promise<Reply | EventStream>;
}

/** A route with what the document tells of it. */
export interface Operation extends Route {
  described: Description & {
    /** With `{name}` for parameters. */
    path: string;
    params: TObject;
    query: TObject;
    headers: TObject;
    body: Pick<BodyReader<unknown>, "content" | "required">;
  };
}

const NONE = object({});

export function operation<
  Path extends string,
  Query extends TObject = typeof NONE,
  Headers extends TObject = typeof NONE,
  Body = void,
>(method: Method, path: Path, declared: Declaration<Path, Query, Headers, Body>): Operation {
  const params = paramsOf(path);
  const query = declared.query ?? NONE;
  const headers = declared.headers ?? NONE;
  const body = declared.body ?? (noBody as BodyReader<Body>);
  const read = reader<Path, Query, Headers, Body>({ params, query: query as Query, headers: headers as Headers, body });
  const options = { readsBody: body !== noBody, allowsHead: method === "GET" && declared.allowsHead !== false };
  const expressPath = path.replaceAll(/\{(\w+)\}/g, ":$1");
  const served = route(method, expressPath, read, (engine, input) => declared.handle(engine, input), options);
  return { ...served, described: { ...declared, path, params, query, headers, body } };
}

function paramsOf(path: string): TObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as ParameterName);
  return object(Object.fromEntries(names.map((name) => [name, PATH_PARAMETERS[name]])));
}

/** Reads what a route was given. What is wrong outside of the body is told first, and all at once. */
function reader<Path extends string, Query extends TObject, Headers extends TObject, Body>(schemas: {
  params: TObject;
  query: Query;
  headers: Headers;
  body: BodyReader<Body>;
}): (request: Request) => Input<Path, Static<Query>, Static<Headers>, Body> {
  const checkParams = parameterCheck(schemas.params, "/path");
  const checkQuery = parameterCheck(schemas.query, "/query");
  const checkHeaders = parameterCheck(schemas.headers, "/header");
  const known = Object.keys(schemas.headers.properties);
  return (request) => {
    const params = checkParams(request.params);
    const query = checkQuery(request.query);
    const headers = checkHeaders(pick(request.headers, known));
    throwAll([params, query, headers]);
    const { whenClosed } = request;
    const path = good(params) as Params<Path>;
    return { params: path, query: good(query), headers: good(headers), body: schemas.body.read(request), whenClosed };
  };
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}

function throwAll(checks: readonly Checked<unknown>[]): void {
  const errors = checks.flatMap((check) => ("errors" in check ? check.errors : []));
  if (errors.length > 0) throw new InvalidInput(errors);
}
