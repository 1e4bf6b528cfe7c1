import cluster from "node:cluster";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { strangers } from "../config/environment.js";
import { ConfigError } from "../config/faults.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { createLog, type Logger } from "../observe/log.js";
import { banner } from "./banner.js";
import { type Running, runSingle } from "./run-single.js";
import { runPrimary, runWorker, workerConfig } from "./run-workers.js";
import { VERSION } from "./version.js";

/** Exit codes: 0 after an orderly end, 1 when the server can't start, 2 for a wrong configuration or call. */
const FAILED = 1;
const WRONG = 2;

function readArguments(args: string[]) {
  return yargs(args)
    .scriptName("sharq-server")
    .usage("$0 --config sharq.conf\n\nServes rate-limited queues over HTTP.")
    .option("config", { alias: "c", type: "string", requiresArg: true, describe: "configuration file" })
    .option("host", { type: "string", requiresArg: true, describe: "address to listen on, in place of the configured" })
    .option("port", { type: "string", requiresArg: true, describe: "port to listen on, in place of the configured" })
    .option("check", { type: "boolean", default: false, describe: "check the configuration and exit" })
    .version(VERSION)
    .help()
    .strict()
    .parserConfiguration({ "duplicate-arguments-array": false })
    .fail((message, error) => {
      process.stderr.write(`${message ?? error.message}\nTry: sharq-server --help\n`);
      process.exit(WRONG);
    })
    .parseSync();
}

/** The configuration of this call; on faults the process says them all and ends. */
function configure(args: ReturnType<typeof readArguments>): Config {
  const given = (["host", "port"] as const).flatMap((key) => {
    const text = args[key];
    return text === undefined
      ? []
      : [{ source: "command line" as const, name: `--${key}`, section: "sharq-server", key, text }];
  });
  try {
    return loadConfig(args.config, process.env, given);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(WRONG);
  }
}

function run(config: Config, log: Logger, signal: AbortSignal): Promise<Running> {
  if (cluster.isWorker) return runWorker(config, log);
  return config["sharq-server"].workers > 1 ? runPrimary(config, log, signal) : runSingle(config, log, signal);
}

/** Aborted at the first SIGTERM or SIGINT. More of them change nothing: a terminal's Ctrl-C may come twice. */
function stopSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) log.info({ signal }, "stopping");
      controller.abort();
    });
  }
  return controller.signal;
}

async function stop(running: Running): Promise<void> {
  await running.stop();
  process.exit(0);
}

/** The command `sharq-server`. */
export async function main(argv: string[]): Promise<void> {
  const args = readArguments(hideBin(argv));
  const config = cluster.isWorker ? workerConfig() : configure(args);
  if (args.check) {
    process.stdout.write(`${args.config ?? "The default configuration"} is good\n`);
    return;
  }
  const log = createLog(config["sharq-server"].log_level);
  const unused = strangers(process.env);
  if (unused.length > 0 && cluster.isPrimary) log.warn({ variables: unused }, "these variables are no settings");
  const stopping = stopSignal(log);
  let running: Running;
  try {
    running = await run(config, log, stopping);
  } catch (error) {
    if (stopping.aborted) process.exit(0);
    log.debug({ err: error }, "could not start");
    process.stderr.write(`sharq-server could not start: ${error instanceof Error ? error.message : error}\n`);
    process.exit(FAILED);
  }
  if (stopping.aborted) return stop(running);
  stopping.addEventListener("abort", () => void stop(running));
  const { address, port } = running.address;
  const host = address.includes(":") ? `[${address}]` : address;
  if (cluster.isPrimary) process.stdout.write(banner(VERSION, `${host}:${port}`));
}
