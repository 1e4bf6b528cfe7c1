import { SharqError } from "../errors.js";
import { loadScripts } from "./lua-loader.js";

/** What the engine needs of a Redis connection; a single Redis and a cluster both have it. */
export interface RedisConnection {
  evalsha(sha1: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
  eval(source: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
}

/** Codes of Redis's errors that pass without any change to the request; Redis 6.2 puts text of its own before them. */
const PASSING =
  /(?:^|-)(?:LOADING|BUSY|OOM|READONLY|MISCONF|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM)\b/;

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/** Runs scripts by their hash, and sends the source when Redis does not have it (new, restarted or flushed). */
export class ScriptRunner {
  readonly #redis: RedisConnection;
  readonly #scripts = loadScripts();

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /**
   * Runs `lua/<name>.lua` with `tag` as its only key.
   * Throws SharqError `unavailable` when Redis can't be reached or can't serve, and Redis's own error for a fault in
   * the script.
   */
  async run(name: string, tag: string, args: readonly (string | number)[]): Promise<unknown> {
    const script = this.#scripts.get(name);
    if (!script) throw new Error(`There is no script ${name}`);
    try {
      return await this.#redis.evalsha(script.sha1, 1, tag, ...args);
    } catch (error) {
      if (!(isReply(error) && error.message.startsWith("NOSCRIPT"))) throw translate(error);
    }
    try {
      return await this.#redis.eval(script.source, 1, tag, ...args);
    } catch (error) {
      throw translate(error);
    }
  }
}

function translate(error: unknown): unknown {
  if (isReply(error) && !PASSING.test(error.message)) return error;
  return new SharqError("unavailable", "Redis can't be reached or can't serve now", { cause: error });
}
