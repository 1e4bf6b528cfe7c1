import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { runCommand } from "../support/command.js";

const directory = mkdtempSync(join(tmpdir(), "sharq-command-"));
afterAll(() => rmSync(directory, { recursive: true }));

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

describe("sharq-server", () => {
  test("--version prints the version and ends with 0", async () => {
    expect(await runCommand(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test("--help names every option and ends with 0", async () => {
    const { code, stdout } = await runCommand(["--help"]);
    expect(code).toBe(0);
    for (const option of ["--config", "-c", "--host", "--port", "--check", "--version"])
      expect(stdout).toContain(option);
  });

  test("an unknown option or a missing value ends it with 2", async () => {
    for (const args of [["--prot", "1"], ["--config"], ["serve"]]) {
      const { code, stderr } = await runCommand(args);
      expect([code, stderr]).toEqual([2, expect.stringContaining("Try: sharq-server --help")]);
    }
  });

  test("--check tells that a configuration is good, without serving", async () => {
    expect(await runCommand(["--check", "-c", "sharq.conf"])).toMatchObject({
      code: 0,
      stdout: "sharq.conf is good\n",
    });
  });

  test("a wrong configuration ends it with 2 and one line per fault", async () => {
    const file = join(directory, "wrong.conf");
    writeFileSync(file, '[sharq]\njob_expire_interval = 0\n[sharq-server]\nprot = 1\nport = "x"\n');
    const { code, stdout, stderr } = await runCommand(["--config", file]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.trimEnd().split("\n").sort()).toEqual([
      `${file}: [sharq-server] port: found "x", allowed: an integer from 0 to 65535`,
      expect.stringContaining(`${file}: [sharq-server] prot: found an unknown key, allowed: did you mean port?`),
      `${file}: [sharq] job_expire_interval: found 0, allowed: an integer from 1 to 315360000000`,
    ]);
  });

  test("a port given on the command line is checked like one in the file", async () => {
    const { code, stderr } = await runCommand(["--port", "1", "--port", "70000"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("command line: --port: found 70000, allowed: an integer from 0 to 65535"),
    ]);
  });

  test("without a Redis to start it ends with 1 and says what to install", async () => {
    const environment = { SHARQ_REDIS_SERVER_COMMAND: "no-such-redis", SHARQ_REDIS_DATA_DIR: join(directory, "data") };
    const { code, stderr } = await runCommand(["--port", "0"], environment);
    expect([code, stderr]).toEqual([1, expect.stringContaining("apt-get install redis-server")]);
  });
});
