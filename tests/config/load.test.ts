import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import toml from "toml";
import { strangers, variablesFor } from "../../src/config/environment.js";
import { ConfigError } from "../../src/config/faults.js";
import { loadConfig } from "../../src/config/load.js";
import { PATHS, QUEUE_TYPE_SETTINGS, SETTINGS, type Setting } from "../../src/config/schema.js";

const directory = mkdtempSync(join(tmpdir(), "sharq-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

function write(content: string): string {
  const file = join(directory, "test.conf");
  writeFileSync(file, content);
  return file;
}

/** The message of a configuration that is refused, with the file's path taken out. */
function faults(content: string, environment: NodeJS.ProcessEnv = {}): string[] {
  try {
    loadConfig(write(content), environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(join(directory, "test.conf"), "FILE").split("\n");
    throw error;
  }
  throw new Error("the configuration was accepted");
}

const settings = Object.entries(SETTINGS).flatMap(([section, keys]) =>
  Object.entries(keys).map(([key, setting]: [string, Setting]) => ({ section, key, setting })),
);

describe("sharq.conf", () => {
  const shipped = readFileSync("sharq.conf", "utf8");

  test("holds every setting with its default", () => {
    const parsed = toml.parse(shipped);
    for (const { section, key, setting } of settings) {
      expect({ section, key, value: parsed[section][key] }).toEqual({ section, key, value: setting.default });
    }
    expect(Object.values(parsed).flatMap((section) => Object.keys(section as object))).toHaveLength(settings.length);
  });

  test("holds an example of a queue type's own settings, which works when its comment signs are taken away", () => {
    const uncommented = shipped.replace(/# (\[queue_type\.\w+\]\n)# /, "$1");
    const { queue_type: types } = loadConfig(write(uncommented), {});
    expect(types).toEqual({ sms: { partitions: 16 } });
    expect(Object.keys(types["sms"] ?? {})).toEqual(Object.keys(QUEUE_TYPE_SETTINGS));
  });

  test("says of every setting what it is, in a comment above it or above the group it belongs to", () => {
    const lines = shipped.split("\n");
    lines.forEach((line, i) => {
      if (/^\w/.test(line)) expect(lines[i - 1]).toMatch(/^(#|\w+ = )/);
    });
  });

  test("is what is used when there is no file", () => {
    const withoutPaths = (config: object) =>
      JSON.parse(JSON.stringify(config, (key, value) => (PATHS.some(([, path]) => path === key) ? "" : value)));
    expect(withoutPaths(loadConfig("sharq.conf", {}))).toEqual(withoutPaths(loadConfig(undefined, {})));
  });
});

describe("the original's INI form", () => {
  const original = `
[sharq]
job_expire_interval       : 2000 ; in milliseconds
job_requeue_interval      : 500 ; in milliseconds
default_job_requeue_limit : -1 ; retries infinitely
enable_requeue_script     : false

[sharq-server]
host                      : 0.0.0.0
port                      : 9090
workers                   : 3 ; optional
accesslog                 : /tmp/sharq.log ; optional

;; section comment
# another
[redis]
db                        : 2
key_prefix                : my_sharq
conn_type                 : tcp_sock ; or unix_sock
;; unix connection settings
unix_socket_path          : /tmp/redis.sock
;; tcp connection settings
port                      : 6380
host = localhost
password                  : a;b:c=d
clustered                 : False
`;

  test("works as it is", () => {
    const config = loadConfig(write(original), {});
    expect(config.sharq).toMatchObject({
      job_expire_interval: 2000,
      job_requeue_interval: 500,
      default_job_requeue_limit: -1,
      enable_requeue_script: false,
    });
    expect(config["sharq-server"]).toMatchObject({
      host: "0.0.0.0",
      port: 9090,
      workers: 3,
      accesslog: "/tmp/sharq.log",
    });
    expect(config.redis).toMatchObject({
      db: 2,
      key_prefix: "my_sharq",
      conn_type: "tcp_sock",
      unix_socket_path: "/tmp/redis.sock",
      port: 6380,
      host: "localhost",
      password: "a;b:c=d",
      clustered: false,
    });
  });

  test("works with = in place of :, as some installations have it", () => {
    const config = loadConfig(
      write("[sharq-server]\nport = 9090\n[redis]\nconn_type = tcp_sock\nhost = 127.0.0.1\n"),
      {},
    );
    expect([config["sharq-server"].port, config.redis.conn_type, config.redis.host]).toEqual([
      9090,
      "tcp_sock",
      "127.0.0.1",
    ]);
  });

  test("is not what a TOML file with one wrong line is taken for", () => {
    expect(faults('[sharq-server]\nport : 9090\nhost = "127.0.0.1"')[0]).toMatch(
      /^FILE: line 2: found .*, allowed: TOML$/,
    );
  });

  test("tells what it can't read, by line, together with wrong values", () => {
    expect(faults("[redis]\nport : many\nnonsense\n[sharq]\nx : 1")).toEqual([
      'FILE: line 3: found "nonsense", allowed: [section], key : value or key = value',
      expect.stringContaining("FILE: [sharq] x: found an unknown key"),
      'FILE: [redis] port: found "many", allowed: an integer from 1 to 65535',
    ]);
  });
});

describe("the environment", () => {
  /** A value that the setting may have and that is not its default. */
  function another({ type, default: preset, enum: words, maximum }: Setting): string {
    if (words) return String(words.find((word) => word !== preset));
    if (type === "boolean") return String(!preset);
    if (type === "array") return "a:1,b:2";
    return type === "integer" ? String(maximum) : "/other";
  }

  /** What some settings need beside them, to be allowed at all. */
  const company: Record<string, NodeJS.ProcessEnv> = {
    clustered: { SHARQ_REDIS_CONN_TYPE: "tcp_sock" },
    sentinels: { SHARQ_REDIS_CONN_TYPE: "tcp_sock" },
    wait_replicas: { SHARQ_REDIS_CONN_TYPE: "tcp_sock" },
  };

  test.each(settings)("overrides [$section] $key", ({ section, key, setting }) => {
    const text = another(setting);
    for (const variable of variablesFor(section, key)) {
      const environment = { ...company[key], [variable]: text };
      const config: Record<string, Record<string, unknown>> = loadConfig(undefined, environment);
      expect(String(config[section]?.[key])).toBe(text);
    }
  });

  test("is named after section and key, and `sharq` is not said twice", () => {
    expect(variablesFor("redis", "host")).toEqual(["SHARQ_REDIS_HOST"]);
    expect(variablesFor("sharq-server", "port")).toEqual(["SHARQ_SERVER_PORT", "SHARQ_SHARQ_SERVER_PORT"]);
    expect(variablesFor("sharq", "job_expire_interval")[0]).toBe("SHARQ_JOB_EXPIRE_INTERVAL");
  });

  test("is told of variables that look like settings and are none", () => {
    expect(strangers({ SHARQ_REDIS_HSOT: "x", SHARQ_REDIS_HOST: "x", OTHER: "x" })).toEqual(["SHARQ_REDIS_HSOT"]);
  });

  test("has nothing for the settings of single queue types", () => {
    expect(strangers({ SHARQ_QUEUE_TYPE_SMS_PARTITIONS: "4" })).toEqual(["SHARQ_QUEUE_TYPE_SMS_PARTITIONS"]);
  });

  test("wins over the file, and is named when it is wrong", () => {
    expect(loadConfig(write("[sharq-server]\nport = 1"), { SHARQ_SERVER_PORT: "2" })["sharq-server"].port).toBe(2);
    expect(faults("[sharq-server]\nport = 1", { SHARQ_SERVER_PORT: "http" })).toEqual([
      'environment: SHARQ_SERVER_PORT: found "http", allowed: an integer from 0 to 65535',
    ]);
  });
});

describe("a wrong configuration", () => {
  test("is told with all its faults at once: file, key, what was found, what is allowed", () => {
    const content =
      '[sharq]\njob_expire_interval = "1s"\nenable_requeue_script = 1\n[redis]\nconn_type = "tcp"\nkey_prefix = "a{b"';
    expect(faults(content)).toEqual([
      'FILE: [sharq] job_expire_interval: found "1s", allowed: an integer from 1 to 315360000000',
      "FILE: [sharq] enable_requeue_script: found 1, allowed: true or false",
      'FILE: [redis] conn_type: found "tcp", allowed: embedded or tcp_sock or unix_sock',
      'FILE: [redis] key_prefix: found "a{b", allowed: 1 to 100 characters without spaces and braces',
    ]);
  });

  test("names the nearest known key or section for an unknown one", () => {
    expect(faults("[sharq]\njob_expire_intervall = 1")[0]).toContain("did you mean job_expire_interval?");
    expect(faults("[sharq-servr]\nport = 1")[0]).toContain("did you mean sharq-server?");
    expect(faults("[sharq]\nentirely_different = 1")[0]).not.toContain("did you mean");
    expect(faults("port = 1")[0]).toContain("[port]: found an unknown section");
    expect(faults("[__proto__]\na = 1")[0]).toContain("[__proto__]: found an unknown section");
    expect(faults("redis = 3")[0]).toBe("FILE: [redis]: found 3, allowed: a section with key = value lines");
  });

  test("says where TOML can't be read", () => {
    expect(faults('[redis]\n\ndb = = 1\nhost = "a"')[0]).toMatch(/^FILE: line 3: found .*, allowed: TOML$/);
  });

  test("says when the file can't be read", () => {
    expect(() => loadConfig("/does/not/exist", {})).toThrow(/no such file/);
  });

  test("names settings that don't go together", () => {
    const list = '["a:1"]';
    expect(faults("[redis]\nclustered = true")).toEqual([
      'FILE: [redis] clustered: found true with conn_type "embedded", allowed: true only with conn_type "tcp_sock"',
    ]);
    expect(faults(`[redis]\nconn_type = "tcp_sock"\nclustered = true\ndb = 3\nsentinels = ${list}`)).toEqual([
      "FILE: [redis] db: found 3 with clustered true, allowed: 0, the only database of a Redis Cluster",
      `FILE: [redis] sentinels: found ${list} with clustered true, allowed: no Sentinels with a Redis Cluster, which needs none`,
    ]);
    expect(faults(`[redis]\nconn_type = "unix_sock"\nsentinels = ${list}`)).toEqual([
      `FILE: [redis] sentinels: found ${list} with conn_type "unix_sock", allowed: Sentinels only with conn_type "tcp_sock"`,
    ]);
    expect(faults("[redis]\nwait_replicas = 1", { SHARQ_REDIS_WAIT_TIMEOUT: "1500" })).toEqual([
      'FILE: [redis] wait_replicas: found 1 with conn_type "embedded", allowed: 0, as the embedded Redis has no replicas',
      "environment: SHARQ_REDIS_WAIT_TIMEOUT: found 1500 with command_timeout 1500, " +
        "allowed: less than command_timeout, which bounds an enqueue and its wait together",
    ]);
  });

  test("does not mind a combination of which one half is wrong anyway, or is not used", () => {
    expect(faults('[redis]\nconn_type = "tcp"\nclustered = true')).toHaveLength(1);
    expect(loadConfig(write("[redis]\ncommand_timeout = 100"), {}).redis.wait_timeout).toBe(500);
  });
});

describe("a list of nodes", () => {
  test("is a list in TOML, and texts separated by commas in INI and in the environment", () => {
    const nodes = ["redis-1.example:7000", "10.0.0.1:7001", "[::1]:7002"];
    const toml = `[redis]\nnodes = ${JSON.stringify(nodes)}`;
    const ini = `[redis]\nconn_type : tcp_sock\nnodes : ${nodes.join(" ,  ")} ; of the cluster`;
    expect(loadConfig(write(toml), {}).redis.nodes).toEqual(nodes);
    expect(loadConfig(write(ini), {}).redis.nodes).toEqual(nodes);
    expect(loadConfig(undefined, { SHARQ_REDIS_NODES: nodes.join(",") }).redis.nodes).toEqual(nodes);
    expect(loadConfig(write(toml), { SHARQ_REDIS_NODES: "" }).redis.nodes).toEqual([]);
  });

  test("is told of each text that is no host:port", () => {
    const wrong = ["redis-1", "a:0", "a:65536", ":1", "a b:1", "::1:1", "[::1]", "http://a:1", "a:1,"];
    expect(faults(`[redis]\nnodes = ${JSON.stringify(["good:1", ...wrong])}`)).toEqual(
      wrong.map(
        (item) =>
          `FILE: [redis] nodes: found ${JSON.stringify(item)}, allowed: a list of host:port, with ports from 1 to 65535`,
      ),
    );
    expect(faults('[redis]\nsentinels = "a:1"')[0]).toContain('found "a:1", allowed: a list of host:port');
    expect(faults("[redis]\nsentinels = [7000]")[0]).toContain("found 7000, allowed: a list of host:port");
    expect(faults("", { SHARQ_REDIS_NODES: "a:1,,b:2" })[0]).toContain('SHARQ_REDIS_NODES: found ""');
  });
});

describe("a queue type's own section", () => {
  test("is a table in TOML and a section in INI, and takes from [sharq] what it does not set", () => {
    const toml = "[sharq]\npartitions = 8\n[queue_type.sms]\npartitions = 4\n[queue_type.e-mail_2]\n";
    const ini = "[sharq]\npartitions : 8\n[queue_type.sms]\npartitions : 4\n[queue_type.e-mail_2]\n";
    const wanted = { sms: { partitions: 4 }, "e-mail_2": { partitions: 8 } };
    expect(loadConfig(write(toml), {}).queue_type).toEqual(wanted);
    expect(loadConfig(write(ini), {}).queue_type).toEqual(wanted);
    expect(loadConfig(undefined, {}).queue_type).toEqual({});
  });

  test("may be called like a member of every object", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const { queue_type: types } = loadConfig(write(`[queue_type.${name}]\npartitions = 4`), {});
      expect(Object.entries(types)).toEqual([[name, { partitions: 4 }]]);
      expect(Object.entries(loadConfig(write(`[queue_type.${name}]\npartitions : 4`), {}).queue_type)).toHaveLength(1);
    }
    expect(loadConfig(undefined, {}).queue_type["constructor"]).toBeUndefined();
  });

  test("is told of wrong names, keys and values", () => {
    const allowed = "allowed: [queue_type.<name>] with a name of 1 to 100 letters, digits, _ and -";
    for (const name of ["a b", "ä", "a.b", "a/b", "", "x".repeat(101)]) {
      const found = `FILE: [queue_type.${name}]: found an unknown section, ${allowed}`;
      expect(faults(`[queue_type.${JSON.stringify(name)}]\npartitions = 1`)).toEqual([found]);
    }
    expect(faults("[queue_type.sms]\npartition = 2\npartitions = 1025")).toEqual([
      "FILE: [queue_type.sms] partition: found an unknown key, allowed: did you mean partitions? partitions",
      "FILE: [queue_type.sms] partitions: found 1025, allowed: an integer from 1 to 1024",
    ]);
    expect(faults("[queue_type]\npartitions = 2")[0]).toBe(
      "FILE: [queue_type.partitions]: found 2, allowed: a section with key = value lines",
    );
    expect(faults("queue_type = 3")[0]).toContain("[queue_type]: found an unknown section");
    expect(faults("[queue_typ.sms]\npartitions = 2")[0]).toMatch(/unknown section, .* \[queue_type\.<name>\]$/);
  });
});

test("the command line wins over the environment and the file, and is named when it is wrong", () => {
  const option = (text: string) => [
    { source: "command line" as const, name: "--port", section: "sharq-server", key: "port", text },
  ];
  const environment = { SHARQ_SERVER_PORT: "2", SHARQ_SHARQ_SERVER_PORT: "3" };
  expect(loadConfig(undefined, environment, option("4"))["sharq-server"].port).toBe(4);
  expect(() => loadConfig(undefined, environment, option("x"))).toThrow('command line: --port: found "x"');
});

test("relative paths start at the directory of the file, and nothing of the result can be changed", () => {
  const config = loadConfig(write('[redis]\ndata_dir = "here"\n[queue_type.sms]\npartitions = 2'), {});
  expect(config.redis.data_dir).toBe(join(directory, "here"));
  const parts = [config, config.redis, config.redis.nodes, config.queue_type, config.queue_type["sms"]];
  expect(parts.map(Object.isFrozen)).toEqual(parts.map(() => true));
});
