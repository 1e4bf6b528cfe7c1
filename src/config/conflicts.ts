import type { Fault } from "./faults.js";
import type { Sections } from "./ini.js";

/** Settings of `[redis]` that are good each by itself, and not together. */

type Values = Record<string, unknown>;

interface Rule {
  /** The setting that is told to be wrong. */
  key: string;
  /** The setting that it does not go with. */
  beside: string;
  broken(redis: Values): boolean;
  allowed: string;
}

const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;
const isOtherType = ({ conn_type: type }: Values) => type === "embedded" || type === "unix_sock";

const RULES: readonly Rule[] = [
  {
    key: "clustered",
    beside: "conn_type",
    broken: (redis) => redis["clustered"] === true && isOtherType(redis),
    allowed: 'true only with conn_type "tcp_sock"',
  },
  {
    key: "db",
    beside: "clustered",
    broken: ({ clustered, db }) => clustered === true && Number(db) > 0,
    allowed: "0, the only database of a Redis Cluster",
  },
  {
    key: "sentinels",
    beside: "clustered",
    broken: ({ clustered, sentinels }) => clustered === true && isList(sentinels),
    allowed: "no Sentinels with a Redis Cluster, which needs none",
  },
  {
    key: "sentinels",
    beside: "conn_type",
    broken: (redis) => isList(redis["sentinels"]) && isOtherType(redis),
    allowed: 'Sentinels only with conn_type "tcp_sock"',
  },
  {
    key: "wait_replicas",
    beside: "conn_type",
    broken: ({ wait_replicas: replicas, conn_type: type }) => Number(replicas) > 0 && type === "embedded",
    allowed: "0, as the embedded Redis has no replicas",
  },
  {
    key: "wait_timeout",
    beside: "command_timeout",
    broken: ({ wait_replicas: replicas, wait_timeout: wait, command_timeout: command }) =>
      Number(replicas) > 0 && Number(wait) >= Number(command),
    allowed: "less than command_timeout, which bounds an enqueue and its wait together",
  },
];

/** The faults of settings that don't go together. `origin` tells where a setting came from. */
export function conflicts(
  sections: Sections,
  origin: (section: string, key: string) => { source: string; where: string },
): Fault[] {
  const redis = sections["redis"];
  if (typeof redis !== "object") return [];
  return RULES.filter(({ broken }) => broken(redis)).map(({ key, beside, allowed }) => ({
    ...origin("redis", key),
    found: `${JSON.stringify(redis[key])} with ${beside} ${JSON.stringify(redis[beside])}`,
    allowed,
  }));
}
