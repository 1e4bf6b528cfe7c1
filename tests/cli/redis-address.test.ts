import { expect, test } from "@jest/globals";
import { addressOf } from "../../src/cli/redis-address.js";
import { loadConfig } from "../../src/config/load.js";

/** The address that these settings of `[redis]` make, given as environment variables. */
function address(settings: Record<string, string>) {
  const environment = Object.entries(settings).map(([key, value]) => [`SHARQ_REDIS_${key.toUpperCase()}`, value]);
  return addressOf(loadConfig(undefined, Object.fromEntries(environment)));
}

const access = { username: "u", password: "p", tls: "yes", tls_ca: "/ca", command_timeout: "1000" };
const made = { username: "u", password: "p", tls: { caFile: "/ca" }, commandTimeoutMs: 1000 };

test("a cluster is its nodes, or host and port when none is named", () => {
  const cluster = { ...access, conn_type: "tcp_sock", clustered: "yes", host: "h", port: "1" };
  expect(address(cluster)).toEqual({ ...made, nodes: [{ host: "h", port: 1 }] });
  const nodes = [
    { host: "a", port: 1 },
    { host: "::1", port: 2 },
  ];
  expect(address({ ...cluster, nodes: "a:1, [::1]:2" })).toEqual({ ...made, nodes });
});

test("Sentinels take the place of host and port, and have credentials of their own", () => {
  const sentinels = { ...access, conn_type: "tcp_sock", sentinels: "a:1", sentinel_password: "s", db: "3" };
  const endpoint = { sentinels: [{ host: "a", port: 1 }], name: "mymaster", password: "s" };
  expect(address(sentinels)).toEqual({ ...made, endpoint, db: 3 });
});

test("the embedded Redis gets neither credentials nor TLS, and a unix socket no TLS", () => {
  expect(address({ ...access, data_dir: "/d" })).toEqual({
    endpoint: { path: "/d/redis.sock" },
    db: 0,
    commandTimeoutMs: 1000,
  });
  expect(address({ ...access, conn_type: "unix_sock", unix_socket_path: "/s" })).not.toHaveProperty("tls");
});
