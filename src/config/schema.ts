import { isQueueType } from "./queue-type-name.js";

/**
 * Every setting, section by section as in `sharq.conf`: its type, its default and what is allowed. The shipped
 * `sharq.conf` holds the same keys with the same defaults; a test compares the two.
 */

/** What a setting may be, in JSON Schema's words; `allowed` says in plain words what a text must be. */
export interface Allowed {
  type: "integer" | "boolean" | "string" | "array";
  minimum?: number;
  maximum?: number;
  enum?: readonly string[];
  pattern?: string;
  /** Of a list: what each of its texts must be. */
  items?: { type: "string"; format: "host:port" };
  allowed?: string;
}

export interface Setting extends Allowed {
  default: number | boolean | string | readonly string[];
}

const DAY_MS = 86_400_000;

const milliseconds = (preset: number, minimum = 1, maximum = 3650 * DAY_MS) =>
  ({ type: "integer", default: preset, minimum, maximum }) as const;
const text = (preset: string) => ({ type: "string", default: preset }) as const;
const endpoints = {
  type: "array",
  default: [],
  items: { type: "string", format: "host:port" },
  allowed: "a list of host:port, with ports from 1 to 65535",
} as const;
const partitions = { type: "integer", minimum: 1, maximum: 1024 } as const;

export const SETTINGS = {
  sharq: {
    job_expire_interval: milliseconds(1000),
    job_requeue_interval: milliseconds(1000, 10, DAY_MS),
    default_job_requeue_limit: { type: "integer", default: -1, minimum: -1, maximum: 2_147_483_647 },
    enable_requeue_script: { type: "boolean", default: true },
    dead_letter_retention: milliseconds(30 * DAY_MS),
    partitions: { ...partitions, default: 1 },
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
    clustered: { type: "boolean", default: false },
    nodes: endpoints,
    sentinels: endpoints,
    sentinel_name: { type: "string", default: "mymaster", pattern: "^\\S+$", allowed: "a name without spaces" },
    sentinel_username: text(""),
    sentinel_password: text(""),
    wait_replicas: { type: "integer", default: 0, minimum: 0, maximum: 100 },
    wait_timeout: milliseconds(500, 1, 1500),
  },
} as const satisfies Record<string, Record<string, Setting>>;

/** What `[queue_type.<name>]` may set for that queue type, in place of what `[sharq]` says for all. */
export const QUEUE_TYPE_SETTINGS = { partitions } as const satisfies Partial<
  Record<keyof (typeof SETTINGS)["sharq"], Allowed>
>;

/** Settings that are paths; relative ones start at the directory of the configuration file. */
export const PATHS: readonly [section: keyof typeof SETTINGS, key: string][] = [
  ["sharq-server", "accesslog"],
  ["redis", "data_dir"],
  ["redis", "unix_socket_path"],
  ["redis", "tls_ca"],
  ["redis", "tls_cert"],
  ["redis", "tls_key"],
];

type Value<S extends Allowed> = S extends { enum: readonly (infer E)[] }
  ? E
  : S["type"] extends "integer"
    ? number
    : S["type"] extends "boolean"
      ? boolean
      : S["type"] extends "array"
        ? readonly string[]
        : string;

type Section<S extends Record<string, Allowed>> = { readonly [Key in keyof S]: Value<S[Key]> };

/** The sections that every configuration has. */
export type Settings = { readonly [Name in keyof typeof SETTINGS]: Section<(typeof SETTINGS)[Name]> };

/** The whole configuration, complete and checked. Durations are milliseconds, sizes are bytes. */
export type Config = Settings & {
  /** By queue type, and only those that have a section; names may be those of members that every object has. */
  readonly queue_type: Readonly<Record<string, Section<typeof QUEUE_TYPE_SETTINGS>>>;
};

/** What a section may hold; `undefined` when there is no such section. */
export function settingsOf(section: string): Record<string, Allowed> | undefined {
  if (isQueueType(section)) return QUEUE_TYPE_SETTINGS;
  const settings: Record<string, Record<string, Allowed>> = SETTINGS;
  return Object.hasOwn(settings, section) ? settings[section] : undefined;
}

/** The setting of that name, if there is one. */
export function settingOf(section: string, key: string): Allowed | undefined {
  const settings = settingsOf(section) ?? {};
  return Object.hasOwn(settings, key) ? settings[key] : undefined;
}
