import calculateSlot from "cluster-key-slot";
import { Cluster, type Redis } from "ioredis";
import type { Logger } from "../observe/log.js";
import type { ClusterAddress } from "./address.js";
import type { Connection } from "./connection.js";
import { nodeOptions, retryDelayMs } from "./options.js";
import { Outage } from "./outage.js";

/** How long a node may take to tell who serves which slot, ms. */
const TOPOLOGY_MS = 1000;
/** Least time between two questions for it that failed commands cause, ms. */
const REFRESH_MS = 500;
const NOT_SERVING = "The Redis Cluster can't be reached or does not serve";
/** How often a command may be sent to another node, or again while its slot moves. */
const REDIRECTIONS = 12;

/**
 * A connection to all masters of a Redis Cluster. A script goes to the master of its slot, and to another one when the
 * first says that the slot has moved; it has not run then. Like the connection to a single Redis it reconnects by itself
 * for ever, fails commands at once while nothing is known of the cluster, and sends nothing again that may have run.
 */
export class ClusterConnection implements Connection {
  readonly #cluster: Cluster;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(address: ClusterAddress, log: Logger) {
    this.#cluster = new Cluster([...address.nodes], {
      redisOptions: nodeOptions(address),
      lazyConnect: true,
      clusterRetryStrategy: retryDelayMs,
      slotsRefreshTimeout: TOPOLOGY_MS,
      maxRedirections: REDIRECTIONS,
      // Otherwise the client would send a command again whose connection broke, or whose slot nobody serves.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // Names stay names, which is what certificates are made out to, and are looked up at each connect.
      dnsLookup: (host, found) => found(null, host),
    });
    report(this.#cluster, log, address);
  }

  connect(): Promise<void> {
    return this.#cluster.connect();
  }

  disconnect(): void {
    this.#cluster.disconnect();
  }

  evalsha(sha1: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown> {
    return this.#run(() => this.#cluster.evalsha(sha1, ...guarded(keyCount, keysAndArgs)));
  }

  eval(source: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown> {
    return this.#run(() => this.#cluster.eval(source, ...guarded(keyCount, keysAndArgs)));
  }

  /** The connection to the master that serves a key. Throws when none is known. */
  masterOf(key: string): Redis {
    const [name] = this.#cluster.slots[calculateSlot(key)] ?? [];
    const master = this.#cluster.nodes("master").find(({ options }) => `${options.host}:${options.port}` === name);
    if (this.#cluster.status !== "ready" || !master) throw new Error("The master of that slot can't be reached");
    return master;
  }

  /** Asks the nodes who serves what; resolves when one has told, or none could. */
  refresh(): Promise<void> {
    this.#refreshedAt = performance.now();
    return new Promise((done) => this.#cluster.refreshSlotsCache(() => done()));
  }

  /** To be told how a command failed: a master that does not answer may have lost its slots, and would not say so. */
  noteFailure(error: unknown): void {
    const silent = !(error instanceof Error && error.name === "ReplyError");
    if (silent && performance.now() - this.#refreshedAt > REFRESH_MS) void this.refresh();
  }

  /** Without the check a command would wait, without limit, until something is known of the cluster. */
  async #run(send: () => Promise<unknown>): Promise<unknown> {
    if (this.#cluster.status !== "ready") throw new Error(NOT_SERVING);
    try {
      return await send();
    } catch (error) {
      this.noteFailure(error);
      throw error;
    }
  }
}

/**
 * Number of keys, keys and arguments of a script, with one more key that never exists. While a slot is on its way from
 * one node to another, each has a part of its keys, and a script that ran then would see only a part: Redis would let
 * one with a single key run on the new node. One with several keys it refuses with TRYAGAIN until the slot has arrived.
 * The first key has a hash tag.
 */
export function guarded(keyCount: number, keysAndArgs: (string | number)[]): [number, ...(string | number)[]] {
  const keys = keysAndArgs.slice(0, keyCount);
  return [keyCount + 1, ...keys, `${keys[0]}~`, ...keysAndArgs.slice(keyCount)];
}

function report(cluster: Cluster, log: Logger, { nodes }: ClusterAddress): void {
  const names = nodes.map(({ host, port }) => `${host}:${port}`);
  const outage = new Outage(log.child({ nodes: names }), {
    begins: "the Redis Cluster can't be reached or does not serve; trying again until it does",
    ends: "the Redis Cluster is back",
  });
  cluster.on("error", (error: Error & { lastNodeError?: unknown }) => outage.begins(error.lastNodeError ?? error));
  // A cluster that can be reached but says of itself that it is down causes no error.
  cluster.on("reconnecting", () => outage.begins(new Error(NOT_SERVING)));
  cluster.on("ready", () => outage.ends());
  const failing = new Set<string>();
  cluster.on("+node", (node: Redis) => reportNode(node, failing, log));
}

/** Tells once that a node fails, however often it is tried, and that it is back. */
function reportNode(node: Redis, failing: Set<string>, log: Logger): void {
  const name = `${node.options.host}:${node.options.port}`;
  node.on("error", (error: Error) => {
    if (!failing.has(name)) log.warn({ err: error, node: name }, "a node of the Redis Cluster can't be reached");
    failing.add(name);
  });
  node.on("ready", () => {
    if (failing.delete(name)) log.info({ node: name }, "a node of the Redis Cluster is back");
  });
}
