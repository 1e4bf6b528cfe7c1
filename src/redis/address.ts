/** A host and the port that a Redis or a Sentinel listens on there. */
export interface HostPort {
  host: string;
  port: number;
}

/** Sentinels, which are asked where the master of that name is. */
export interface Sentinels {
  sentinels: readonly HostPort[];
  name: string;
  username?: string;
  password?: string;
}

/** How to reach a node. Credentials and TLS are those of every node, and TLS is that of the Sentinels too. */
interface NodeAccess {
  username?: string;
  password?: string;
  /** Present = TLS; each file is optional. */
  tls?: { caFile?: string; certFile?: string; keyFile?: string };
  /** How long a command may take, ms. */
  commandTimeoutMs: number;
}

/** A single Redis, and the number of its database. */
export interface SingleAddress extends NodeAccess {
  /** A unix socket, host and port, or whatever Sentinels name. */
  endpoint: { path: string } | HostPort | Sentinels;
  db: number;
}

/** A Redis Cluster, which has but one database. */
export interface ClusterAddress extends NodeAccess {
  /** Nodes to start from, at least one; the others are found by asking them. */
  nodes: readonly [HostPort, ...HostPort[]];
}

export type RedisAddress = SingleAddress | ClusterAddress;
