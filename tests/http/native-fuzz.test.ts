import { Agent, request as httpRequest } from "node:http";
import { beforeAll, expect, test } from "@jest/globals";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc, { type Arbitrary } from "fast-check";
import { useNative } from "../support/native-api.js";
import { type Schema, SchemaValues } from "../support/schema-values.js";

/** Requests made from the OpenAPI document, and answers checked by it. */

const SHOTS = 20_000;
const AT_ONCE = 32;
const CHUNK = 1000;

/** Stands for a lease that was given out. */
const LEASE = "lease";
/** Few ids, so that different requests meet at the same jobs. */
const POOLS = {
  type: ["sms", "mail"],
  queue: ["1", "2", "a b"],
  queue_id: ["1", "2", "a b"],
  job: ["j1", "j2", "j3", "j4"],
  job_id: ["j1", "j2", "j3", "j4"],
  lease: ["none", LEASE, LEASE],
  wait: [0, 0, 1],
  cursor: ["x", "MQ", "1"],
  // What lasts would leave nothing to do.
  paused: [false, false, false, false, false, false, false, true, null],
  retain: [0, 1000, 60_000],
};

/** More of what brings jobs along, and less of what takes them away or keeps them. */
const WEIGHTS: Readonly<Record<string, number>> = {
  enqueue: 8,
  dequeue: 4,
  claimJob: 6,
  heartbeat: 6,
  finishJob: 4,
  failJob: 4,
  releaseJob: 4,
  restartJob: 4,
  changeType: 1,
  changeQueue: 1,
  deleteQueue: 1,
  deleteJob: 1,
  penalizeQueue: 1,
};

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  schema: Schema;
}
interface OperationObject {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content: Record<string, { schema: Schema }> }>;
}
interface Document {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema> };
}
interface Shot {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  route: string;
  operation: OperationObject;
}

const api = useNative();
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let document: Document;
let values: SchemaValues;
const ajv = new Ajv2020({ strict: false });

beforeAll(() => {
  fc.configureGlobal({ baseSize: "small" });
});

function arbitraryShot(): Arbitrary<Shot> {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const served = all.filter(({ operation }) => !("text/event-stream" in (operation.responses["200"]?.content ?? {})));
  return fc.oneof(
    ...served.map(({ path, method, operation }) => ({
      weight: WEIGHTS[operation.operationId] ?? 2,
      arbitrary: shotsAt(path, method, operation),
    })),
  );
}

function shotsAt(path: string, method: string, operation: OperationObject): Arbitrary<Shot> {
  const parameters = operation.parameters ?? [];
  return fc
    .record({ path: pathOf(path, parameters), query: queryOf(parameters), sent: bodyOf(operation) })
    .map(({ path: filled, query, sent }) => ({
      method,
      path: filled + query,
      ...sent,
      route: `${method} ${path}`,
      operation,
    }));
}

function pathOf(path: string, parameters: Parameter[]): Arbitrary<string> {
  const odd = fc.constantFrom("a:b", "ä", "x".repeat(300), "%", "a/b", "~", "..", "\u0000", "__proto__");
  const filled = parameters
    .filter((parameter) => parameter.in === "path")
    .map(({ name, schema }) =>
      fc
        .oneof({ weight: 40, arbitrary: values.member(name, schema) }, { weight: 1, arbitrary: odd })
        .map((value) => [`{${name}}`, encodeURIComponent(String(value))] as const),
    );
  return fc.tuple(...filled).map((pairs) => pairs.reduce((text, [name, value]) => text.replace(name, value), path));
}

function queryOf(parameters: Parameter[]): Arbitrary<string> {
  const asked = parameters.filter((parameter) => parameter.in === "query");
  const one = ({ name, schema }: Parameter) =>
    fc
      .tuple(fc.nat(9), values.member(name, schema), values.any(schema))
      .map(([dice, good, any]) => (dice < 3 ? `${name}=${encodeURIComponent(text(dice === 0 ? any : good))}` : ""));
  const unknown = fc.nat(40).map((dice) => (dice === 0 ? "unknown=1" : ""));
  return fc.tuple(...asked.map(one), unknown).map((parts) => {
    const given = parts.filter((part) => part !== "");
    return given.length > 0 ? `?${given.join("&")}` : "";
  });
}

function text(value: unknown): string {
  return typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function bodyOf({ requestBody }: OperationObject): Arbitrary<Pick<Shot, "body" | "headers">> {
  if (!requestBody) return fc.constant({ body: "", headers: {} });
  const schema = requestBody.content["application/json"]?.schema ?? {};
  const json = values.any(schema).map((value) => ({ body: JSON.stringify(value), headers: {} }));
  const rubbish = fc.constantFrom(
    { body: "", headers: {} },
    { body: "{", headers: {} },
    { body: "{}", headers: { "Content-Encoding": "gzip" } },
    { body: "{}", headers: { "Content-Encoding": "none-such" } },
    { body: `{"output":"${"x".repeat(300_000)}"}`, headers: {} },
    { body: `"${"x".repeat(1_100_000)}"`, headers: {} },
  );
  const lines = values.any(schema).map((value) => ({
    body: [value]
      .flat()
      .map((item) => JSON.stringify(item))
      .join("\n"),
    headers: { "Content-Type": "application/x-ndjson" },
  }));
  const batch = "application/x-ndjson" in requestBody.content;
  return fc.oneof(
    { weight: 40, arbitrary: json },
    { weight: 1, arbitrary: rubbish },
    { weight: batch ? 20 : 0, arbitrary: lines },
  );
}

/** The leases of late, any of which a request may carry. */
const leases: string[] = ["1"];
let counter = 0;

function fire(shot: Shot): Promise<{ status: number; type: string; text: string }> {
  const { method, path, headers } = shot;
  const body = shot.body.replaceAll(`"lease":"${LEASE}"`, () => `"lease":"${leases[counter++ % leases.length]}"`);
  const { port } = api.listening.address;
  return new Promise((done, failed) => {
    const length = { "Content-Length": String(Buffer.byteLength(body)) };
    const options = {
      port,
      host: "127.0.0.1",
      agent,
      method,
      path: `/api/v1${path}`,
      headers: { ...headers, ...length },
    };
    const sent = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const type = response.headers["content-type"] ?? "";
        done({ status: response.statusCode ?? 0, type, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

const checks = new Map<string, ValidateFunction>();

/** The check for an answer, as the document has it; with all its references. */
function checkOf(schema: Schema, key: string): ValidateFunction {
  const known = checks.get(key);
  if (known) return known;
  const check = ajv.compile({ ...schema, components: document.components });
  checks.set(key, check);
  return check;
}

async function examine(shot: Shot, seed: number, reached: Set<string>): Promise<void> {
  const { status, type, text: answer } = await fire(shot);
  const told = { seed, method: shot.method, path: shot.path, body: shot.body.slice(0, 1000), status, type, answer };
  if (status >= 500) throw new Error(`A fault of the server: ${JSON.stringify(told)}`);
  const schema = shot.operation.responses[status]?.content[type]?.schema;
  if (!schema) throw new Error(`An answer that is not documented: ${JSON.stringify(told)}`);
  const value = type.includes("json") ? JSON.parse(answer) : answer;
  const check = checkOf(schema, `${shot.route} ${status} ${type}`);
  if (!check(value))
    throw new Error(`A body that is not documented: ${JSON.stringify({ ...told, wrong: check.errors })}`);
  reached.add(`${shot.route} ${status}`);
  for (const [, lease] of answer.matchAll(/"lease":"(\d+)"/g)) leases.push(lease as string);
  leases.splice(0, leases.length - 6);
}

test("P13 none of 20 000 requests gets a 5xx, and every answer is as the document says", async () => {
  document = (await api.get("/openapi.json")).body;
  values = new SchemaValues(document.components.schemas, POOLS);
  const seed = Date.now();
  const reached = new Set<string>();
  const shots = arbitraryShot();
  for (let fired = 0; fired < SHOTS; fired += CHUNK) {
    const left = fc.sample(shots, { numRuns: CHUNK, seed: seed + fired });
    const shooter = async () => {
      for (let shot = left.pop(); shot; shot = left.pop()) await examine(shot, seed, reached);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, shooter));
  }
  agent.destroy();
  // What was made got everywhere: each operation did its work and refused, for whatever reason it may.
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  );
  const missed = documented.filter((answer) => !reached.has(answer) && !/\/events |503$|41[35]$/.test(answer));
  expect(missed).toEqual([]);
}, 120_000);
