import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Engine } from "../engine/engine.js";
import { decodeBody, tooLarge } from "./body.js";
import { dialectFinder } from "./dialect-finder.js";
import { answerFailure } from "./failure.js";
import { readQuery } from "./query.js";
import { send, whenClosed, writeReply } from "./reply.js";
import { type Dialect, RequestProblem, type Route } from "./route.js";

export interface AppOptions {
  engine: Engine;
  dialects: readonly Dialect[];
  /** Largest request body, bytes. */
  bodyLimit: number;
  /** Told of errors that nobody expected; the client sees only that there was one. */
  onError(error: unknown): void;
}

/**
 * Express over the route tables of several dialects. Every answer is in the form of the dialect whose prefix the path
 * has, also for paths that it does not know.
 */
export function createApp({ engine, dialects, bodyLimit, onError }: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", readQuery);
  const readBody = express.raw({ type: () => true, limit: bodyLimit });
  for (const dialect of dialects) {
    for (const [path, routes] of byPath(dialect)) mount(app, path, routes, engine, readBody);
  }
  app.use(() => {
    throw new RequestProblem(404, "There is no such path.");
  });
  app.use(answerErrors(dialectFinder(dialects), onError));
  return app;
}

function byPath({ prefix, routes }: Dialect): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) {
    const path = prefix + route.path;
    paths.set(path, [...(paths.get(path) ?? []), route]);
  }
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
      const body = Buffer.isBuffer(request.body) ? decodeBody(request.body) : "";
      const params = request.params as Record<string, string>;
      const { query, headers } = request;
      await send(
        response,
        await route.serve(engine, { params, query, headers, body, whenClosed: whenClosed(response) }),
      );
    });
  }
}

function answerErrors(dialectOf: (url: string) => Dialect, onError: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      onError(error);
      response.destroy();
      return;
    }
    writeReply(response, answerFailure(asProblem(error) ?? error, dialectOf(request.originalUrl), onError));
  };
}

/** What Express and its body parser refuse: a path that can't be decoded, a body too large or cut off. */
function asProblem(error: unknown): RequestProblem | undefined {
  const { status, type, limit } = error as { status?: unknown; type?: unknown; limit?: unknown };
  if (typeof status !== "number" || status < 400 || status > 499 || error instanceof RequestProblem) return undefined;
  if (type === "entity.too.large") return tooLarge(Number(limit));
  if (type === "encoding.unsupported") return new RequestProblem(415, "The content encoding is not supported.");
  if (error instanceof URIError) return new RequestProblem(400, "The path is not valid percent-encoding.");
  return new RequestProblem(status, "The request body can't be read.");
}
