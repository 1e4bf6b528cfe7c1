import calculateSlot from "cluster-key-slot";
import { RedisProcess, until } from "./redis-process.js";

const MASTERS = 3;
const SLOTS = 16_384;

const SETTINGS = [
  "cluster-enabled yes",
  // A master that does not answer for so long, ms, is taken for dead.
  "cluster-node-timeout 1000",
  "cluster-replica-validity-factor 0",
  "repl-diskless-sync-delay 0",
  "repl-ping-replica-period 1",
  'save ""',
  "appendonly no",
];

/** A Redis Cluster that one test file starts for itself: three masters with equal parts of the slots, a replica each. */
export class RedisCluster {
  /** First the masters, then their replicas in the same order; the roles are those of the start. */
  readonly nodes: readonly RedisProcess[];

  private constructor(nodes: readonly RedisProcess[]) {
    this.nodes = nodes;
  }

  static async start(): Promise<RedisCluster> {
    const starting = Array.from({ length: 2 * MASTERS }, () => RedisProcess.start(SETTINGS));
    const cluster = new RedisCluster(await Promise.all(starting));
    await cluster.#join();
    return cluster;
  }

  get endpoints(): [{ host: string; port: number }, ...{ host: string; port: number }[]] {
    const [first, ...others] = this.nodes.map(({ host, port }) => ({ host, port }));
    if (!first) throw new Error("The cluster has no nodes");
    return [first, ...others];
  }

  /** A master at the start of the cluster. */
  master(index: number): RedisProcess {
    return this.#node(index);
  }

  /** The replica that a master had at the start. */
  replicaOf(index: number): RedisProcess {
    return this.#node(MASTERS + index);
  }

  /** Kills the process of a master; its replica takes over after a time. */
  kill(index: number): Promise<void> {
    return this.master(index).kill();
  }

  /** Starts again what was killed, and waits until it is a replica of the one that took over. */
  async revive(index: number): Promise<void> {
    await this.master(index).up();
    await until(async () => /master_link_status:up/.test(await this.master(index).redis.info("replication")));
    await this.#settled(this.nodes);
  }

  /** Which of the first three masters had the slot of a key at the start. */
  ownerOf(key: string): number {
    return Math.floor((calculateSlot(key) * MASTERS) / SLOTS);
  }

  /** Begins to move the slot of a key from one node to another: each has a part of its keys from now on. */
  async beginMove(key: string, from: RedisProcess, to: RedisProcess): Promise<void> {
    const slot = calculateSlot(key);
    await to.redis.cluster("SETSLOT", slot, "IMPORTING", String(await from.redis.cluster("MYID")));
    await from.redis.cluster("SETSLOT", slot, "MIGRATING", String(await to.redis.cluster("MYID")));
  }

  /** Moves the keys that are left, and gives the slot to the other node. */
  async endMove(key: string, from: RedisProcess, to: RedisProcess): Promise<void> {
    const slot = calculateSlot(key);
    const keys = await from.redis.cluster("GETKEYSINSLOT", slot, 1000);
    if (keys.length > 0) await from.redis.migrate(to.host, to.port, "", 0, 5000, "KEYS", ...keys);
    const owner = String(await to.redis.cluster("MYID"));
    for (const node of [to, from]) await node.redis.cluster("SETSLOT", slot, "NODE", owner);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  #node(index: number): RedisProcess {
    const node = this.nodes[index];
    if (!node) throw new Error(`The cluster has no node ${index}`);
    return node;
  }

  async #join(): Promise<void> {
    const [first] = this.nodes;
    for (const [i, { redis }] of this.nodes.entries()) {
      await redis.cluster("SET-CONFIG-EPOCH", i + 1);
      if (i < MASTERS) await redis.cluster("ADDSLOTS", ...slotsOf(i));
      if (first) await redis.cluster("MEET", first.host, first.port);
    }
    await until(() => this.#all(({ redis }) => knows(redis.cluster("INFO"), `cluster_known_nodes:${2 * MASTERS}`)));
    for (let i = 0; i < MASTERS; i += 1) {
      await this.replicaOf(i).redis.cluster("REPLICATE", String(await this.master(i).redis.cluster("MYID")));
    }
    await this.#settled(this.nodes);
  }

  /** Resolves when all nodes agree that each part of the slots has a master and a replica, and replicas are in touch. */
  async #settled(nodes: readonly RedisProcess[]): Promise<void> {
    await until(() => this.#all(({ redis }) => knows(redis.cluster("INFO"), "cluster_state:ok")));
    await until(() =>
      this.#all(async ({ redis }) => (await redis.cluster("SLOTS")).every((part) => part.length === 4)),
    );
    await until(async () => {
      const infos = await Promise.all(nodes.map(({ redis }) => redis.info("replication")));
      return infos.filter((info) => /connected_slaves:1|master_link_status:up/.test(info)).length === nodes.length;
    });
  }

  async #all(holds: (node: RedisProcess) => Promise<boolean>): Promise<boolean> {
    return (await Promise.all(this.nodes.map(holds))).every(Boolean);
  }
}

async function knows(answer: Promise<unknown>, line: string): Promise<boolean> {
  return String(await answer).includes(line);
}

function slotsOf(master: number): number[] {
  const first = Math.ceil((master * SLOTS) / MASTERS);
  const end = Math.ceil(((master + 1) * SLOTS) / MASTERS);
  return Array.from({ length: end - first }, (_, i) => first + i);
}
