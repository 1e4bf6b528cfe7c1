import type { Redis } from "ioredis";
import type { Config } from "../config/schema.js";
import { Engine } from "../engine/engine.js";
import type { Logger } from "../observe/log.js";
import { connect, createConnection, type RedisAddress } from "../redis/connect.js";
import { EmbeddedRedis, socketPath } from "../redis/embedded.js";
import { Sweeper } from "../services/sweeper.js";

/** Makes the parts of the server from the configuration: the only place that knows both. */

export interface EngineConnection {
  engine: Engine;
  redis: Redis;
}

/** An engine on a connection of its own. Resolves also when Redis is away. */
export async function openEngine(config: Config, log: Logger): Promise<EngineConnection> {
  const redis = createConnection(addressOf(config), log);
  const engine = new Engine({
    redis,
    keyPrefix: config.redis.key_prefix,
    leaseMs: config.sharq.job_expire_interval,
    requeueLimit: config.sharq.default_job_requeue_limit,
    deadLetterRetentionMs: config.sharq.dead_letter_retention,
  });
  await connect(redis);
  return { engine, redis };
}

export function createEmbedded(config: Config, log: Logger): EmbeddedRedis | undefined {
  if (config.redis.conn_type !== "embedded") return undefined;
  const { data_dir: dataDir, appendfsync, server_command: serverCommand } = config.redis;
  return new EmbeddedRedis({ dataDir, appendfsync, serverCommand, databases: config.redis.db + 1, log });
}

export function createSweeper(config: Config, engine: Engine, log: Logger): Sweeper | undefined {
  if (!config.sharq.enable_requeue_script) return undefined;
  return new Sweeper({ engine, intervalMs: config.sharq.job_requeue_interval, log });
}

function addressOf({ redis }: Config): RedisAddress {
  return {
    endpoint: endpointOf(redis),
    db: redis.db,
    commandTimeoutMs: redis.command_timeout,
    // The embedded Redis has no password; only this process and its workers reach its socket.
    ...(redis.conn_type === "embedded"
      ? {}
      : { ...given("username", redis.username), ...given("password", redis.password) }),
    ...(redis.tls && redis.conn_type === "tcp_sock"
      ? {
          tls: {
            ...given("caFile", redis.tls_ca),
            ...given("certFile", redis.tls_cert),
            ...given("keyFile", redis.tls_key),
          },
        }
      : {}),
  };
}

function endpointOf(redis: Config["redis"]): RedisAddress["endpoint"] {
  switch (redis.conn_type) {
    case "embedded":
      return { path: socketPath(redis.data_dir) };
    case "unix_sock":
      return { path: redis.unix_socket_path };
    case "tcp_sock":
      return { host: redis.host, port: redis.port };
  }
}

/** A setting under its name, or nothing for an empty one. */
function given<Name extends string>(name: Name, value: string): { [N in Name]?: string } {
  return value === "" ? {} : ({ [name]: value } as { [N in Name]: string });
}
