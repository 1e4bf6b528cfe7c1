import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Engine } from "../engine/engine.js";
import { SharqError } from "../engine/errors.js";
import { writeReply } from "./reply.js";
import { type Dialect, type Reply, RequestProblem, type Route } from "./route.js";

export interface AppOptions {
  engine: Engine;
  dialect: Dialect;
  /** Largest request body, bytes. */
  bodyLimit: number;
  /** Told of errors that nobody expected; the client sees only that there was one. */
  onError(error: unknown): void;
  /** Runs before all routes, such as the access log. */
  before?: RequestHandler;
}

/** Express over a dialect's route table. Every answer is in the dialect's form, also for paths it does not know. */
export function createApp({ engine, dialect, bodyLimit, onError, before }: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  if (before) app.use(before);
  const readBody = express.raw({ type: () => true, limit: bodyLimit });
  for (const [path, routes] of byPath(dialect.routes)) mount(app, path, routes, engine, readBody);
  app.use(() => {
    throw new RequestProblem(404, "There is no such path.");
  });
  app.use(answerErrors(dialect, onError));
  return app;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

function mount(app: Express, path: string, routes: Route[], engine: Engine, readBody: RequestHandler): void {
  const allowed = routes.flatMap(({ method, allowsHead }) => (allowsHead ? [method, "HEAD"] : [method])).join(", ");
  const entry = app.route(path);
  entry.all((request, _response, next) => {
    if (!allowed.split(", ").includes(request.method)) {
      throw new RequestProblem(405, `${request.method} is not allowed here.`, { Allow: allowed });
    }
    next();
  });
  for (const route of routes) {
    const method = route.method.toLowerCase() as Lowercase<typeof route.method>;
    entry[method](...(route.readsBody ? [readBody] : []), async (request, response) => {
      const body = route.readsBody ? decode(request.body) : "";
      const params = request.params as Record<string, string>;
      writeReply(response, await route.serve(engine, { params, query: request.query, body }));
    });
  }
}

function decode(body: unknown): string {
  if (!Buffer.isBuffer(body)) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new RequestProblem(400, "The request body is not valid UTF-8.");
  }
}

function answerErrors(dialect: Dialect, onError: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent) {
      onError(error);
      response.destroy();
      return;
    }
    writeReply(response, answerFor(error, dialect, onError));
  };
}

function answerFor(error: unknown, dialect: Dialect, onError: (error: unknown) => void): Reply {
  if (error instanceof RequestProblem) return dialect.refuse(error);
  if (error instanceof SharqError) {
    if (error.code === "unavailable") onError(error);
    return dialect.failures[error.code](error);
  }
  const problem = asProblem(error);
  if (!problem) onError(error);
  return dialect.refuse(problem ?? new RequestProblem(500, "The server failed; its log says how."));
}

/** What Express and its body parser refuse: a path that can't be decoded, a body too large or cut off. */
function asProblem(error: unknown): RequestProblem | undefined {
  const { status, type, limit } = error as { status?: unknown; type?: unknown; limit?: unknown };
  if (typeof status !== "number" || status < 400 || status > 499) return undefined;
  if (type === "entity.too.large") return new RequestProblem(413, `The request body is larger than ${limit} bytes.`);
  if (type === "encoding.unsupported") return new RequestProblem(415, "The content encoding is not supported.");
  if (error instanceof URIError) return new RequestProblem(400, "The path is not valid percent-encoding.");
  return new RequestProblem(status, "The request body can't be read.");
}
