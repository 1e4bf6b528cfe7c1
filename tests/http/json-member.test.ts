import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonMember } from "../../src/http/json-member.js";

test("cuts the text of a member out of any JSON object", () => {
  const spaces = fc.constantFrom("", " ", "\n\t", "\r ");
  const member = fc.tuple(
    fc.constantFrom("payload", "pay", 'p"\\', "", "é"),
    fc.jsonValue(),
    spaces,
    spaces,
    spaces,
    spaces,
  );
  fc.assert(
    fc.property(fc.array(member), spaces, (members, space) => {
      const texts = members.map(([, value], i) => JSON.stringify(value, null, i % 2));
      const parts = members.map(([key, , a, b, c, d], i) => `${a}${JSON.stringify(key)}${b}:${c}${texts[i]}${d}`);
      const text = `${space}{${parts.length === 0 ? space : parts.join(",")}}${space}`;
      const last = members.findLastIndex(([key]) => key === "payload");
      expect(jsonMember(text, "payload")).toBe(last < 0 ? undefined : texts[last]);
    }),
    { numRuns: 2000 },
  );
});

test("a key may be written with escapes", () => {
  expect(jsonMember('{"\\u0070ayload" : 1.0e5}', "payload")).toBe("1.0e5");
});

test("depth costs no stack", () => {
  const deep = `${"[".repeat(500_000)}${"]".repeat(500_000)}`;
  expect(jsonMember(`{"payload":${deep}}`, "payload")).toBe(deep);
});
