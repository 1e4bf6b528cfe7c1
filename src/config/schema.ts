/**
 * Every setting, section by section as in `sharq.conf`: its type, its default and what is allowed. The shipped
 * `sharq.conf` holds the same keys with the same defaults; a test compares the two.
 */

/** One setting, in JSON Schema's words; `allowed` says in plain words what a text must be. */
export interface Setting {
  type: "integer" | "boolean" | "string";
  default: number | boolean | string;
  minimum?: number;
  maximum?: number;
  enum?: readonly string[];
  const?: boolean;
  pattern?: string;
  allowed?: string;
}

const DAY_MS = 86_400_000;

const milliseconds = (preset: number, minimum = 1, maximum = 3650 * DAY_MS) =>
  ({ type: "integer", default: preset, minimum, maximum }) as const;
const text = (preset: string) => ({ type: "string", default: preset }) as const;

export const SETTINGS = {
  sharq: {
    job_expire_interval: milliseconds(1000),
    job_requeue_interval: milliseconds(1000, 10, DAY_MS),
    default_job_requeue_limit: { type: "integer", default: -1, minimum: -1, maximum: 2_147_483_647 },
    enable_requeue_script: { type: "boolean", default: true },
    dead_letter_retention: milliseconds(30 * DAY_MS),
  },
  "sharq-server": {
    host: { type: "string", default: "127.0.0.1", pattern: "^\\S+$", allowed: "a host name or an address" },
    port: { type: "integer", default: 8080, minimum: 0, maximum: 65_535 },
    workers: { type: "integer", default: 1, minimum: 1, maximum: 256 },
    accesslog: text(""),
    log_level: { type: "string", default: "info", enum: ["debug", "info", "warn", "error", "silent"] },
    body_limit: { type: "integer", default: 1_048_576, minimum: 1024, maximum: 67_108_864 },
    header_limit: { type: "integer", default: 16_384, minimum: 1024, maximum: 1_048_576 },
    header_timeout: milliseconds(10_000, 100, DAY_MS),
    request_timeout: milliseconds(30_000, 100, DAY_MS),
    keep_alive_timeout: milliseconds(65_000, 100, DAY_MS),
    shutdown_timeout: milliseconds(10_000, 0, DAY_MS),
  },
  redis: {
    conn_type: { type: "string", default: "embedded", enum: ["embedded", "tcp_sock", "unix_sock"] },
    db: { type: "integer", default: 0, minimum: 0, maximum: 65_535 },
    key_prefix: {
      type: "string",
      default: "sharq_server",
      pattern: "^[^\\s{}]{1,100}$",
      allowed: "1 to 100 characters without spaces and braces",
    },
    data_dir: { type: "string", default: "data", pattern: "^.+$", allowed: "the path of a directory" },
    appendfsync: { type: "string", default: "everysec", enum: ["always", "everysec", "no"] },
    server_command: text(""),
    unix_socket_path: text("/var/run/redis/redis-server.sock"),
    host: { type: "string", default: "127.0.0.1", pattern: "^\\S+$", allowed: "a host name or an address" },
    port: { type: "integer", default: 6379, minimum: 1, maximum: 65_535 },
    username: text(""),
    password: text(""),
    // A request is answered within two seconds whatever Redis does.
    command_timeout: milliseconds(1500, 50, 1900),
    tls: { type: "boolean", default: false },
    tls_ca: text(""),
    tls_cert: text(""),
    tls_key: text(""),
    clustered: {
      type: "boolean",
      default: false,
      const: false,
      allowed: "false, as this version does not speak to a Redis Cluster",
    },
  },
} as const satisfies Record<string, Record<string, Setting>>;

/** Settings that are paths; relative ones start at the directory of the configuration file. */
export const PATHS: readonly [section: keyof typeof SETTINGS, key: string][] = [
  ["sharq-server", "accesslog"],
  ["redis", "data_dir"],
  ["redis", "unix_socket_path"],
  ["redis", "tls_ca"],
  ["redis", "tls_cert"],
  ["redis", "tls_key"],
];

type Value<S extends Setting> = S extends { enum: readonly (infer E)[] }
  ? E
  : S["type"] extends "integer"
    ? number
    : S["type"] extends "boolean"
      ? boolean
      : string;

/** The whole configuration, complete and checked. Durations are milliseconds, sizes are bytes. */
export type Config = {
  readonly [Section in keyof typeof SETTINGS]: {
    readonly [Key in keyof (typeof SETTINGS)[Section]]: (typeof SETTINGS)[Section][Key] extends Setting
      ? Value<(typeof SETTINGS)[Section][Key]>
      : never;
  };
};

/** The setting of that name, if there is one. */
export function settingOf(section: string, key: string): Setting | undefined {
  const settings: Record<string, Record<string, Setting>> = SETTINGS;
  return Object.hasOwn(settings, section) && Object.hasOwn(settings[section] ?? {}, key)
    ? settings[section]?.[key]
    : undefined;
}
