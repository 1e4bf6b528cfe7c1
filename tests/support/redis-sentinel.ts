import { RedisProcess, until } from "./redis-process.js";

export const MASTER_NAME = "tested";
const SENTINELS = 3;
const QUORUM = 2;

const REDIS = ['save ""', "appendonly no", "repl-diskless-sync-delay 0", "repl-ping-replica-period 1"];

/** A master with two replicas, and three Sentinels that watch them, for one test file. */
export class RedisSentinel {
  readonly #servers: readonly RedisProcess[];
  readonly #sentinels: readonly RedisProcess[];

  private constructor(servers: readonly RedisProcess[], sentinels: readonly RedisProcess[]) {
    this.#servers = servers;
    this.#sentinels = sentinels;
  }

  static async start(): Promise<RedisSentinel> {
    const master = await RedisProcess.start(REDIS);
    const follow = [...REDIS, `replicaof ${master.host} ${master.port}`];
    const replicas = await Promise.all([RedisProcess.start(follow), RedisProcess.start(follow)]);
    const watch = [
      `sentinel monitor ${MASTER_NAME} ${master.host} ${master.port} ${QUORUM}`,
      // A master that does not answer for so long, ms, is taken for dead.
      `sentinel down-after-milliseconds ${MASTER_NAME} 500`,
      // Two Sentinels that want to lead at once try again after twice this time, ms.
      `sentinel failover-timeout ${MASTER_NAME} 1000`,
    ];
    const starting = Array.from({ length: SENTINELS }, () => RedisProcess.start(watch, ["--sentinel"]));
    const started = new RedisSentinel([master, ...replicas], await Promise.all(starting));
    await started.#settled();
    return started;
  }

  get endpoints(): { host: string; port: number }[] {
    return this.#sentinels.map(({ host, port }) => ({ host, port }));
  }

  sentinel(index: number): RedisProcess {
    const sentinel = this.#sentinels[index];
    if (!sentinel) throw new Error(`There is no Sentinel ${index}`);
    return sentinel;
  }

  /** The server that the Sentinels take for the master. */
  async master(): Promise<RedisProcess> {
    const [, port] = (await this.sentinel(0).redis.call(
      "SENTINEL",
      "get-master-addr-by-name",
      MASTER_NAME,
    )) as string[];
    const master = this.#servers.find((server) => server.port === Number(port));
    if (!master) throw new Error("The Sentinels name a master that is none of ours");
    return master;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#sentinels, ...this.#servers].map((server) => server.stop()));
  }

  /** Resolves when all Sentinels know each other and both replicas, so that they can bring about a failover. */
  async #settled(): Promise<void> {
    for (const { redis } of this.#sentinels) {
      await until(async () => {
        const text = String(await redis.info("sentinel"));
        return text.includes("status=ok") && text.includes(`slaves=2,sentinels=${SENTINELS}`);
      });
    }
    for (const { redis } of this.#servers.slice(1)) {
      await until(async () => /master_link_status:up/.test(await redis.info("replication")));
    }
  }
}
