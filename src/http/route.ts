import type { IncomingHttpHeaders } from "node:http";
import type { Engine } from "../engine/engine.js";
import type { SharqError, SharqErrorCode } from "../engine/errors.js";
import type { EventStream } from "./event-stream.js";

/** A request as a route sees it, whoever received it. */
export interface Request {
  /** Path parameters, percent-decoded. */
  params: Readonly<Record<string, string>>;
  /** Query parameters; one that was given several times is a list. */
  query: Readonly<Record<string, unknown>>;
  headers: Readonly<IncomingHttpHeaders>;
  /** The body's text; "" when there was none. */
  body: string;
  /** Calls the listener when the connection is closed before an answer, or once the answer has been sent. */
  whenClosed(listener: () => void): void;
}

/** An answer; `body` is JSON text unless `type` says otherwise. */
export interface Reply {
  status: number;
  body: string;
  /** Its Content-Type. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One line of a dialect's route table. */
export interface Route {
  method: Method;
  /** With `:name` for parameters; a trailing slash is optional in requests. */
  path: string;
  /** Whether the body is read; where it isn't, it is ignored whatever it holds. */
  readsBody: boolean;
  /** Whether HEAD works where GET does. */
  allowsHead: boolean;
  /** Whether it is called so often that it is answered without Express. */
  hot: boolean;
  serve(engine: Engine, request: Request): Promise<Reply | EventStream>;
}

/** A request that can't be served as it is: it names what is wrong and what it must be. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "RequestProblem";
    this.status = status;
    this.headers = headers;
  }
}

/** One documented HTTP API: its routes, and the form of its refusals. */
export interface Dialect {
  name: string;
  /** What all its paths begin with: "" or "/..." without a slash at the end. */
  prefix: string;
  /** Their paths go without the prefix. */
  routes: readonly Route[];
  /** The answer for a request that is wrong in itself, before the engine was asked. */
  refuse(problem: RequestProblem): Reply;
  /** The answer for each refusal of the engine. */
  failures: Readonly<Record<SharqErrorCode, (error: SharqError) => Reply>>;
}

/**
 * A route whose handler gets checked input: `read` turns a request into it or throws RequestProblem, `handle` asks the
 * engine and returns the reply.
 */
export function route<Input>(
  method: Method,
  path: string,
  read: (request: Request) => Input,
  handle: (engine: Engine, input: Input) => Promise<Reply | EventStream>,
  { readsBody = method !== "GET", allowsHead = method === "GET", hot = false } = {},
): Route {
  return {
    method,
    path,
    readsBody,
    allowsHead,
    hot,
    serve: async (engine, request) => handle(engine, read(request)),
  };
}
