import type { Config } from "../config/schema.js";
import { Engine, type EngineNote } from "../engine/engine.js";
import type { Logger } from "../observe/log.js";
import { createChannel } from "../redis/channel.js";
import { connect, openConnection } from "../redis/connect.js";
import { EmbeddedRedis } from "../redis/embedded.js";
import { createReplicated } from "../redis/replicated.js";
import { Sweeper } from "../services/sweeper.js";
import { addressOf } from "./redis-address.js";

/** Makes the parts of the server from the configuration: the only place that knows both. */

/** An engine, and what closes its connections. */
export interface OpenEngine {
  engine: Engine;
  close(): void;
}

/** An engine on connections of its own. Resolves also when Redis is away. */
export async function openEngine(config: Config, log: Logger): Promise<OpenEngine> {
  const address = addressOf(config);
  const { key_prefix: keyPrefix, wait_replicas: count, wait_timeout: timeoutMs } = config.redis;
  const redis = openConnection(address, log);
  const durable =
    count === 0 ? undefined : createReplicated(address, { count, timeoutMs }, log.child({ connection: "durable" }));
  const wake = createChannel(address, `${keyPrefix}:wake`, "long polls are late", log);
  const changes = createChannel(address, `${keyPrefix}:changes`, "followers hear nothing", log);
  const engine = new Engine({
    redis,
    durable,
    wake,
    changes,
    keyPrefix,
    partitions: (queueType) => partitionsOf(config, queueType),
    leaseMs: config.sharq.job_expire_interval,
    requeueLimit: config.sharq.default_job_requeue_limit,
    deadLetterRetentionMs: config.sharq.dead_letter_retention,
    onNote: (note) => tell(note, log),
  });
  const close = () => {
    wake.close();
    changes.close();
    durable?.disconnect();
    redis.disconnect();
  };
  await Promise.all([redis, ...(durable ? [durable] : [])].map(connect));
  return { engine, close };
}

/** A type may be called like a member that every object has. */
function partitionsOf({ sharq, queue_type: types }: Config, queueType: string): number {
  return (Object.hasOwn(types, queueType) ? types[queueType]?.partitions : undefined) ?? sharq.partitions;
}

function tell(note: EngineNote, log: Logger): void {
  switch (note.kind) {
    case "other_partitions": {
      const { queueType, inUse, wanted } = note;
      log.warn({ queueType, inUse, wanted }, "a queue type in use keeps its number of partitions until it is empty");
      break;
    }
    case "not_released":
      log.warn({ err: note.error }, "jobs that nobody took could not be given back; they are requeued");
      break;
  }
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
