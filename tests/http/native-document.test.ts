import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { Engine } from "../../src/engine/engine.js";
import { native } from "../../src/http/dialects/native/dialect.js";
import { listen } from "../support/http-server.js";

/** None of these routes asks the engine. */
const engine = {} as Engine;
let listening: Awaited<ReturnType<typeof listen>>;
let url: string;

beforeAll(async () => {
  listening = await listen(engine);
  url = `${listening.url}/api/v1`;
});
afterAll(() => listening.server.close(0));

test("GET /openapi.json is an OpenAPI 3.1 document that its meta-schema accepts", async () => {
  const answer = await fetch(`${url}/openapi.json`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  const document = await answer.json();
  expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" }, servers: [{ url: "/api/v1" }] });
  expect(await new Validator().validate(document)).toEqual({ valid: true });
});

test("the document has every route, and nothing but routes", async () => {
  const { paths } = await (await fetch(`${url}/openapi.json`)).json();
  const told = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const { routes } = native({ version: "", stopping: new AbortController().signal });
  const served = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const files = served.filter((route) => route.startsWith("GET /docs/"));
  expect(files).toHaveLength(3);
  expect(told.sort()).toEqual(served.filter((route) => !files.includes(route)).sort());
});

test("every reference in the document leads somewhere, and every operation has a name of its own", async () => {
  const text = await (await fetch(`${url}/openapi.json`)).text();
  const { components } = JSON.parse(text);
  const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect([...new Set(named)].sort()).toEqual(Object.keys(components.schemas).sort());
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("GET /docs is a page that needs nothing from elsewhere and runs no script of its own", async () => {
  const answer = await fetch(`${url}/docs`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  const page = await answer.text();
  expect(page).not.toMatch(/https?:\/\/|<script>|<style>| style=| on\w+=/);
  const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
  expect(addresses).toHaveLength(3);
  for (const address of addresses) {
    const file = await fetch(listening.url + address);
    const type = address?.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
    expect([address, file.status, file.headers.get("content-type")]).toEqual([address, 200, type]);
    expect((await file.text()).length).toBeGreaterThan(50);
  }
});

test("beside the page there are no other files", async () => {
  for (const path of ["/docs/", "/docs/package.json", "/docs/..%2Fpackage.json", "/docs/swagger-ui.js"]) {
    const { status } = await fetch(url + path);
    expect([path, status]).toEqual([path, path === "/docs/" ? 200 : 404]);
  }
});

test("the page tells of every kind of problem that an answer may name", async () => {
  const page = await (await fetch(`${url}/docs`)).text();
  const { type } = await (await fetch(`${url}/healthz?x=1`)).json();
  expect(type).toBe("/api/v1/docs#problem-invalid_input");
  expect(page).toContain('id="problem-invalid_input"');
  expect(page).toContain('id="problem-stale_lease"');
});
