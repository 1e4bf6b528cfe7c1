import { parseEndpoint } from "../config/endpoint.js";
import type { Config } from "../config/schema.js";
import type { HostPort, RedisAddress, SingleAddress } from "../redis/address.js";
import { socketPath } from "../redis/embedded.js";

type Settings = Config["redis"];

/** Where the configured Redis is and how to get in. */
export function addressOf({ redis }: Config): RedisAddress {
  const access = { commandTimeoutMs: redis.command_timeout, ...credentialsOf(redis), ...tlsOf(redis) };
  if (redis.clustered) return { ...access, nodes: nodesOf(redis) };
  return { ...access, endpoint: endpointOf(redis), db: redis.db };
}

/** The embedded Redis has no password; only this process and its workers reach its socket. */
function credentialsOf(redis: Settings) {
  if (redis.conn_type === "embedded") return {};
  return { ...given("username", redis.username), ...given("password", redis.password) };
}

function tlsOf(redis: Settings) {
  if (!redis.tls || redis.conn_type !== "tcp_sock") return {};
  const files = {
    ...given("caFile", redis.tls_ca),
    ...given("certFile", redis.tls_cert),
    ...given("keyFile", redis.tls_key),
  };
  return { tls: files };
}

function nodesOf(redis: Settings): [HostPort, ...HostPort[]] {
  const [first = { host: redis.host, port: redis.port }, ...others] = hostPorts(redis.nodes);
  return [first, ...others];
}

function endpointOf(redis: Settings): SingleAddress["endpoint"] {
  switch (redis.conn_type) {
    case "embedded":
      return { path: socketPath(redis.data_dir) };
    case "unix_sock":
      return { path: redis.unix_socket_path };
    case "tcp_sock":
      return redis.sentinels.length > 0 ? sentinelsOf(redis) : { host: redis.host, port: redis.port };
  }
}

function sentinelsOf(redis: Settings) {
  return {
    sentinels: hostPorts(redis.sentinels),
    name: redis.sentinel_name,
    ...given("username", redis.sentinel_username),
    ...given("password", redis.sentinel_password),
  };
}

/** The configuration was checked, so each text is an endpoint. */
function hostPorts(texts: readonly string[]): HostPort[] {
  return texts.flatMap((text) => parseEndpoint(text) ?? []);
}

/** A setting under its name, or nothing for an empty one. */
function given<Name extends string>(name: Name, value: string): { [N in Name]?: string } {
  return value === "" ? {} : ({ [name]: value } as { [N in Name]: string });
}
