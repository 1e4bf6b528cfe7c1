import { fileURLToPath } from "node:url";
import { openClient } from "./http.mjs";
import { startProgram, until } from "./processes.mjs";
import { startRedis } from "./redis.mjs";
import { temporaryDirectory } from "./scope.mjs";

const COMMAND = fileURLToPath(new URL("../../bin/sharq-server", import.meta.url));

/** A server with the default settings but for long leases, and what `settings` overrides: environment variables. */
export async function startServer(scope, settings) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("SHARQ_"));
  const env = {
    ...Object.fromEntries(inherited),
    SHARQ_SERVER_HOST: "127.0.0.1",
    SHARQ_SERVER_PORT: "0",
    SHARQ_SERVER_LOG_LEVEL: "warn",
    // Leases that outlive every bench.
    SHARQ_JOB_EXPIRE_INTERVAL: "3600000",
    ...settings,
  };
  const program = startProgram(scope, process.execPath, [COMMAND], { env, cwd: temporaryDirectory(scope) });
  const [, address] = await until(program, /Listening on: (\S+)\n/);
  return { pid: program.pid, url: `http://${address}` };
}

/** The settings with which a server uses this Redis. */
export function using(redis) {
  return { SHARQ_REDIS_CONN_TYPE: "unix_sock", SHARQ_REDIS_UNIX_SOCKET_PATH: redis.socket };
}

/** A Redis, a server on it, and a client of that server. */
export async function startSite(scope, { persistence = "AOF off", settings = {} } = {}) {
  const redis = await startRedis(scope, persistence);
  const server = await startServer(scope, { ...using(redis), ...settings });
  return { redis, server, client: openClient(scope, server.url) };
}
