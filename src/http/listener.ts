import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type AppOptions, createApp } from "./app.js";
import { RequestAborted, readBody } from "./body.js";
import { answerFailure } from "./failure.js";
import { readQuery } from "./query.js";
import { send, whenClosed, writeReply } from "./reply.js";
import type { Dialect, Route } from "./route.js";

export interface ListenerOptions extends AppOptions {
  /** Runs before everything else, such as the access log. */
  before?: (request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => void;
}

/**
 * Answers the hot routes by itself and leaves everything else to Express, which costs several times as much a request.
 * Both serve the same route tables with the same handlers and the same answers; a request that is unusual in any way
 * (another method, an encoded path or body) goes to Express, whatever its path.
 */
export function createListener(options: ListenerOptions): RequestListener {
  const app = createApp(options);
  const find = finder(options.dialects);
  const listener: RequestListener = (request, response) => {
    const match = find(request);
    if (match) void serve(match, request, response, options);
    else app(request, response);
  };
  const { before } = options;
  return before ? (request, response) => before(request, response, () => listener(request, response)) : listener;
}

interface HotRoute {
  dialect: Dialect;
  route: Route;
  /** Names of the path parameters, by the number of their segment. */
  names: [number, string][];
}

interface Match {
  dialect: Dialect;
  route: Route;
  params: Record<string, string>;
  query: Record<string, unknown>;
}

const NO_QUERY = Object.freeze({});

function finder(dialects: readonly Dialect[]): (request: IncomingMessage) => Match | undefined {
  const byShape = new Map(dialects.flatMap(hotRoutes));
  return ({ method = "", url = "", headers }) => {
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    if (path.includes("%") || "content-encoding" in headers) return undefined;
    const segments = path.split("/");
    if (segments.length > 2 && segments.at(-1) === "") segments.pop();
    const found = byShape.get(shapeOf(method, segments));
    if (!found || segments.includes("", 1)) return undefined;
    return {
      dialect: found.dialect,
      route: found.route,
      params: paramsOf(found, segments),
      query: mark < 0 ? NO_QUERY : readQuery(url.slice(mark + 1)),
    };
  };
}

function hotRoutes(dialect: Dialect): [string, HotRoute][] {
  const hot = dialect.routes.filter((route) => route.hot);
  return hot.map((route) => {
    const segments = (dialect.prefix + route.path).split("/");
    return [shapeOf(route.method, segments), { dialect, route, names: namesIn(segments) }];
  });
}

/** Hot routes differ by method, first segment and number of segments. */
function shapeOf(method: string, segments: string[]): string {
  return `${method} ${segments[1]} ${segments.length}`;
}

function namesIn(segments: string[]): HotRoute["names"] {
  return segments.flatMap((part, i) => (part.startsWith(":") ? [[i, part.slice(1)] as [number, string]] : []));
}

function paramsOf({ names }: HotRoute, segments: string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [i, name] of names) params[name] = segments[i] ?? "";
  return params;
}

async function serve(match: Match, request: IncomingMessage, response: ServerResponse, options: ListenerOptions) {
  const { dialect, route, params, query } = match;
  try {
    const body = route.readsBody ? await readBody(request, options.bodyLimit) : "";
    const asked = { params, query, headers: request.headers, body, whenClosed: whenClosed(response) };
    const streaming = send(response, await route.serve(options.engine, asked));
    if (streaming) await streaming;
  } catch (error) {
    if (!(error instanceof RequestAborted)) writeReply(response, answerFailure(error, dialect, options.onError));
  }
}
