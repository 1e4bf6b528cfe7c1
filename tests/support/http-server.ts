import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import type { Redis } from "ioredis";
import type { Channel } from "../../src/engine/channel.js";
import { Engine } from "../../src/engine/engine.js";
import { refuser } from "../../src/http/dialect-finder.js";
import { native } from "../../src/http/dialects/native/dialect.js";
import { sharq } from "../../src/http/dialects/sharq.js";
import { createListener } from "../../src/http/listener.js";
import { HttpServer, type ServerLimits } from "../../src/http/server.js";

/** An engine in real time, for tests of what happens around it. */
export function realEngine(redis: Redis, wake?: Channel, changes?: Channel): Engine {
  const limits = { leaseMs: 60_000, requeueLimit: -1, deadLetterRetentionMs: 60_000 };
  return new Engine({ redis, wake, changes, keyPrefix: "test", ...limits });
}

/** A listening server for an engine; `stopping` tells it that it is about to stop. */
export async function listen(
  engine: Engine,
  { bodyLimit = 65_536, ...limits }: Partial<ServerLimits & { bodyLimit: number }> = {},
) {
  const errors: unknown[] = [];
  const stopping = new AbortController();
  const dialects = [sharq, native({ version: "1.2.3", stopping: stopping.signal })];
  const listener = createListener({
    engine,
    dialects,
    bodyLimit,
    onError: (error) => errors.push(error),
  });
  const server = new HttpServer(listener, refuser(dialects), {
    headerTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    keepAliveTimeoutMs: 10_000,
    headerLimit: 4096,
    ...limits,
  });
  const address = await server.listen(0, "127.0.0.1");
  return { server, address, errors, stopping, url: `http://127.0.0.1:${address.port}` };
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
export function sendRaw({ port }: AddressInfo, bytes: string | Buffer): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("error", failed);
    socket.on("close", () => done(received));
  });
}
