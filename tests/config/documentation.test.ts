import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { loadConfig } from "../../src/config/load.js";
import { QUEUE_TYPE_SETTINGS, SETTINGS } from "../../src/config/schema.js";

const documentation = readFileSync("docs/configuration.md", "utf8");
const directory = mkdtempSync(join(tmpdir(), "sharq-docs-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The blocks of these languages, in order. */
function blocks(...languages: string[]): string[] {
  const fences = documentation.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...fences].flatMap(([, language = "", content = ""]) => (languages.includes(language) ? [content] : []));
}

function load(content: string, name = "example.conf") {
  const file = join(directory, name);
  writeFileSync(file, content);
  return loadConfig(file, {});
}

const wrong = (content: string) => content.includes("job_expire_intervall");

test.each(blocks("toml", "ini").filter((content) => !wrong(content)))(
  "example %# is a good configuration",
  (content) => {
    expect(() => load(content)).not.toThrow();
  },
);

test("the example of a wrong configuration has the faults that stand below it", () => {
  const [content = ""] = blocks("toml").filter(wrong);
  const [told = ""] = blocks("text");
  expect(() => load(content, "bad.conf")).toThrow(
    told.trim().replaceAll("bad.conf:", `${join(directory, "bad.conf")}:`),
  );
});

test("every setting has a line in the table of its section", () => {
  for (const [section, settings] of Object.entries({ ...SETTINGS, "queue_type.<name>": QUEUE_TYPE_SETTINGS })) {
    const table = documentation.split(`### \`[${section}]\``)[1]?.split("###")[0] ?? "";
    const keys = [...table.matchAll(/^\| `(\w+)` /gm)].map(([, key]) => key);
    expect({ section, keys: keys.sort() }).toEqual({ section, keys: Object.keys(settings).sort() });
  }
});
