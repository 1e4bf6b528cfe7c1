import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Installation } from "../support/command.js";

/** The sessions that documents show are run as they stand there; only the port is the one that was free. */

const installation = new Installation();
let url: string;

beforeAll(async () => {
  url = await installation.start({}, ["--config", "sharq.conf"]).url();
});
beforeEach(async () => {
  for (const queue of ["1", "user42"]) await fetch(`${url}/deletequeue/sms/${queue}/`, { method: "DELETE" });
});
afterAll(() => installation.remove());

/** Starts a program on the text of a document, with a process group of its own for what it starts itself. */
function start(program: string, args: string[], text: string) {
  const child = spawn(program, [...args, text.replaceAll("8080", new URL(url).port)], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  return { child, output: () => output, ended: new Promise((done) => child.once("close", done)) };
}

async function run(command: string): Promise<unknown> {
  const { ended, output } = start("bash", ["-c"], command);
  await ended;
  return JSON.parse(output());
}

describe("the original's Getting Started", () => {
  test("runs as it is written", async () => {
    expect(await run("curl http://127.0.0.1:8080/")).toEqual({ message: "Hello, SharQ!" });
    const enqueue = String.raw`curl -H "Accept: application/json" \
    -H "Content-type: application/json" \
    -X POST -d ' {"job_id": "b81c07a7-5bba-4790-ab40-a061994088c1", "interval": 1000, "payload": {"message": "hello, world"}}' \
    http://localhost:8080/enqueue/sms/1/`;
    expect(await run(enqueue)).toEqual({ status: "queued" });
    expect(await run("curl http://localhost:8080/dequeue/sms/")).toMatchObject({
      job_id: "b81c07a7-5bba-4790-ab40-a061994088c1",
      payload: { message: "hello, world" },
      queue_id: "1",
      status: "success",
    });
    const finish = "curl -X POST http://localhost:8080/finish/sms/1/b81c07a7-5bba-4790-ab40-a061994088c1/";
    expect(await run(finish)).toEqual({ status: "success" });
  });
});

describe("the README", () => {
  const readme = readFileSync("README.md", "utf8");
  const blocks = (marker: string) =>
    [...readme.matchAll(new RegExp(`<!-- ${marker} -->\n\`\`\`(\\w+)\n([\\s\\S]*?)\`\`\``, "g"))].map(
      ([, language = "", text = ""]) => ({
        language,
        text,
      }),
    );

  test("shows a session that gives the answers it shows", async () => {
    const [session] = blocks("session");
    const pairs = [...(session?.text ?? "").matchAll(/^(curl .*)\n# (.*)$/gm)];
    expect(pairs).toHaveLength(3);
    for (const [, command = "", answer = ""] of pairs) {
      const { ended, output } = start("bash", ["-c"], command);
      await ended;
      const pattern = answer.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", "\\d+");
      expect(output()).toMatch(new RegExp(`^${pattern}$`));
    }
  });

  test.each(blocks("worker"))("shows a worker in $language that works", async ({ language, text }) => {
    const [program, flag] = language === "python" ? ["python3", "-c"] : ["bash", "-c"];
    const worker = start(program as string, [flag as string], text);
    for (const id of ["a", "b"]) {
      const body = JSON.stringify({ job_id: id, interval: 0, payload: { id } });
      await fetch(`${url}/enqueue/sms/user42/`, { method: "POST", body });
    }
    const left = async () => (await (await fetch(`${url}/metrics/sms/`)).json()).queue_ids as string[];
    while ((await left()).length > 0) await sleep(20);
    // With the curl that waits for the next job: it would take one that nobody works on.
    process.kill(-(worker.child.pid as number));
    await worker.ended;
    expect(worker.output()).toMatch(/a[\s\S]*b/);
  });

  test("shows two workers", () => {
    expect(blocks("worker").map(({ language }) => language)).toEqual(["bash", "python"]);
  });
});
