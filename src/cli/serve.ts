import type { AddressInfo } from "node:net";
import type { Config } from "../config/schema.js";
import type { Engine } from "../engine/engine.js";
import { SharqError } from "../engine/errors.js";
import { refuser } from "../http/dialect-finder.js";
import { native } from "../http/dialects/native/dialect.js";
import { sharq } from "../http/dialects/sharq.js";
import { createListener } from "../http/listener.js";
import { HttpServer } from "../http/server.js";
import { createAccessLog } from "../observe/access-log.js";
import type { Logger } from "../observe/log.js";
import { VERSION } from "./version.js";

const OUTAGE_REPORT_MS = 5000;

/** An HTTP server for an engine, listening. `close` answers what is in flight first. */
export interface Serving {
  address: AddressInfo;
  close(): Promise<void>;
}

/** Rejects when the address can't be had or the access log can't be written. */
export async function serve(config: Config, engine: Engine, log: Logger): Promise<Serving> {
  const settings = config["sharq-server"];
  const stopping = new AbortController();
  const dialects = [sharq, native({ version: VERSION, stopping: stopping.signal })];
  const listener = createListener({
    engine,
    dialects,
    bodyLimit: settings.body_limit,
    onError: reporter(log),
    ...(settings.accesslog === "" ? {} : { before: openAccessLog(settings.accesslog, log) }),
  });
  const server = new HttpServer(listener, refuser(dialects), {
    headerTimeoutMs: settings.header_timeout,
    requestTimeoutMs: settings.request_timeout,
    keepAliveTimeoutMs: settings.keep_alive_timeout,
    headerLimit: settings.header_limit,
  });
  const address = await server.listen(settings.port, settings.host);
  const close = () => {
    stopping.abort();
    engine.endWaiting();
    return server.close(settings.shutdown_timeout);
  };
  return { address, close };
}

function openAccessLog(file: string, log: Logger) {
  let told = false;
  return createAccessLog(file, (error) => {
    if (!told) log.error({ err: error }, "the access log can't be written; requests are served all the same");
    told = true;
  });
}

/** Logs faults of our own always, and an outage of Redis now and then: every request of that time has the same. */
function reporter(log: Logger): (error: unknown) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!(error instanceof SharqError)) {
      log.error({ err: error }, "a request failed");
    } else if (performance.now() - reportedAt > OUTAGE_REPORT_MS) {
      reportedAt = performance.now();
      log.warn({ err: error }, "requests are answered with 503");
    }
  };
}
