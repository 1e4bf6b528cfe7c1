import { createServer, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { writeReply } from "./reply.js";
import { type Reply, RequestProblem } from "./route.js";

/** Limits against clients that are slow or send too much; ms and bytes. */
export interface ServerLimits {
  headerTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  headerLimit: number;
}

/** How often connections are checked for time-outs, ms; a time-out is late by as much. */
const CHECK_MS = 1000;
/** How often a closing server looks for connections that have become idle, ms. */
const IDLE_CHECK_MS = 100;

const NOT_HTTP = new RequestProblem(400, "The request is not valid HTTP.");
const NO_TUNNEL = new RequestProblem(405, "CONNECT is not allowed here.");
const UNEXPECTED = new RequestProblem(417, "The expectation can't be met.");
const UNREADABLE: Readonly<Record<string, RequestProblem>> = {
  HPE_HEADER_OVERFLOW: new RequestProblem(431, "The request header is too large."),
  ERR_HTTP_REQUEST_TIMEOUT: new RequestProblem(408, "The request took too long to arrive."),
};

/** The answer for a request that no route sees; `url` is what it asks for, "" when that can't be known. */
export type Refuse = (problem: RequestProblem, url: string) => Reply;

/** An HTTP server that can stop without cutting anybody off. */
export class HttpServer {
  readonly #server: Server;
  readonly #refuse: Refuse;
  /** The latest answer that each connection was asked for. */
  readonly #latest = new WeakMap<Socket, ServerResponse>();
  #closing = false;

  constructor(listener: RequestListener, refuse: Refuse, limits: ServerLimits) {
    this.#refuse = refuse;
    this.#server = createServer(
      {
        headersTimeout: Math.min(limits.headerTimeoutMs, limits.requestTimeoutMs),
        requestTimeout: limits.requestTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        maxHeaderSize: limits.headerLimit,
        connectionsCheckingInterval: CHECK_MS,
        // Node would answer a request without a Host header by itself, and in no dialect's form; nothing here needs the header.
        requireHostHeader: false,
      },
      (request, response) => {
        this.#latest.set(request.socket, response);
        if (this.#closing) response.setHeader("Connection", "close");
        listener(request, response);
      },
    );
    this.#server.on("clientError", (error, socket: Socket) => this.#answerUnreadable(error, socket));
    this.#server.on("connect", (_request, socket: Socket) => {
      // Node has let go of this socket: nobody else hears its errors or ends it.
      socket.on("error", () => socket.destroy());
      answerOnSocket(socket, refuse(NO_TUNNEL, ""));
    });
    this.#server.on("checkExpectation", (request, response: ServerResponse) => {
      writeReply(response, refuse(UNEXPECTED, request.url ?? ""));
    });
  }

  /** Rejects when the address can't be had. Port 0 takes a free one; the real one is returned. */
  listen(port: number, host: string): Promise<AddressInfo> {
    return new Promise((done, failed) => {
      this.#server.once("error", failed);
      this.#server.listen(port, host, () => {
        this.#server.off("error", failed);
        done(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Takes no more connections, answers what is in flight, and cuts what is not done after `timeoutMs`. */
  close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    return new Promise((done) => {
      const cut = setTimeout(() => this.#server.closeAllConnections(), timeoutMs);
      // A connection whose request began before this stays open for the next one, so it is ended once it is idle.
      const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS);
      this.#server.close(() => {
        clearTimeout(cut);
        clearInterval(idle);
        done();
      });
    });
  }

  /** Answers what is not HTTP, in a dialect's form like everything else; but never a second time, and never before an answer due. */
  #answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
    const latest = this.#latest.get(socket);
    if (error.code === "ECONNRESET" || !socket.writable || (latest?.writableEnded && !latest.req.complete)) {
      socket.destroy();
    } else if (latest && !latest.writableEnded && (latest.req.complete || latest.headersSent)) {
      latest.once("close", () => socket.destroy());
    } else {
      answerOnSocket(socket, this.#refuse(UNREADABLE[error.code ?? ""] ?? NOT_HTTP, ""));
    }
  }
}

function answerOnSocket(socket: Socket, { status, type = "application/json", body }: Reply): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
