import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

test("the lock file names no download address, so that it serves with any registry", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const addressed = Object.entries(packages).filter(([, entry]) => "resolved" in (entry as object));
  expect(addressed).toEqual([]);
});
