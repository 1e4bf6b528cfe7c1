import type { TObject, TSchema } from "typebox";
import { Components } from "./components.js";
import type { Answer, Operation } from "./operation.js";
import { PROBLEM_TYPE, REFUSALS } from "./problems.js";
import { problem } from "./schemas/problem.js";

/** The OpenAPI 3.1 document, made from what the routes are declared with. */

type Json = Record<string, unknown>;
type Described = Operation["described"];

const JSON_TYPE = "application/json";
const TAGS = {
  Types: "Queue types: classes of work, such as `sms`.",
  Queues: "Queues: one tenant or key inside a type, each with a rate of its own.",
  Jobs: "Jobs: how they come in, what is known of them, and what can be done with them.",
  Workers: "What workers do: take jobs, prolong their leases, and give them back.",
  Installation: "The installation as a whole.",
} satisfies Record<Described["tag"], string>;

export function openApiDocument(operations: readonly Operation[], prefix: string, version: string): Json {
  const components = new Components();
  const license = { name: "MIT", identifier: "MIT" };
  return {
    openapi: "3.1.0",
    info: { title: "SHARQ", version, summary: "A job queue with a rate limit per tenant, over HTTP.", license },
    servers: [{ url: prefix }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: pathObjects(operations, components),
    components: { schemas: components.all() },
  };
}

function pathObjects(operations: readonly Operation[], components: Components): Json {
  const paths: Record<string, Json> = {};
  for (const { method, described } of operations) {
    const path = paths[described.path] ?? {};
    paths[described.path] = path;
    path[method.toLowerCase()] = operationObject(described, components);
  }
  return paths;
}

function operationObject(described: Described, components: Components): Json {
  const { id, tag, summary, description, params, query, headers, body } = described;
  const parameters = [
    ...parameterObjects("path", params),
    ...parameterObjects("query", query),
    ...parameterObjects("header", headers),
  ];
  const requestBody = { required: body.required, content: contentObject(body.content, components) };
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takesBody(described) ? { requestBody } : {}),
    responses: { ...answerObjects(described.answers, components), ...refusalObjects(described, components) },
  };
}

function takesBody({ body }: Described): boolean {
  return Object.keys(body.content).length > 0;
}

function parameterObjects(place: "path" | "query" | "header", object: TObject): Json[] {
  // A TypeBox object whose members are all optional lacks the list, whatever its type says.
  const required: readonly string[] | undefined = object.required;
  return Object.entries(object.properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required?.includes(name) ?? false,
    ...("type" in schema && schema.type === "array" ? { style: "form", explode: false } : {}),
    schema,
  }));
}

function contentObject(content: Readonly<Record<string, TSchema>>, components: Components): Json {
  const types = Object.entries(content);
  return Object.fromEntries(types.map(([type, schema]) => [type, { schema: components.referring(schema) }]));
}

function answerObjects(answers: Readonly<Record<number, Answer>>, components: Components): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, type = JSON_TYPE, headers }]) => {
      const content = contentObject({ [type]: schema }, components);
      return [status, { description, ...(headers ? { headers: headerObjects(headers) } : {}), content }];
    }),
  );
}

function headerObjects(headers: Readonly<Record<string, string>>): Json {
  const each = Object.entries(headers);
  return Object.fromEntries(each.map(([name, description]) => [name, { description, schema: { type: "string" } }]));
}

/** The refusals of an operation by status; what each may mean is told in words. */
function refusalObjects(described: Described, components: Components): Json {
  const byStatus = new Map<number, string[]>();
  for (const [status, when] of reasons(described)) byStatus.set(status, [...(byStatus.get(status) ?? []), when]);
  const content = contentObject({ [PROBLEM_TYPE]: problem }, components);
  return Object.fromEntries([...byStatus].map(([status, when]) => [status, { description: when.join(" "), content }]));
}

function reasons(described: Described): [number, string][] {
  const { refusals = [], offline = false } = described;
  const codes = offline ? refusals : [...refusals, "unavailable" as const];
  return [
    // Unknown query parameters are refused everywhere.
    [400, "The request is wrong in itself; `errors` tells where."],
    ...(takesBody(described) ? OF_A_BODY : []),
    ...codes.map((code): [number, string] => [REFUSALS[code].status, REFUSALS[code].when]),
  ];
}

const OF_A_BODY: [number, string][] = [
  [413, "The body, or a part of it, is larger than may be."],
  [415, "The content encoding is not supported."],
];
