import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Reply, type Route, route } from "../../route.js";
import { INVALID_INPUT, REFUSALS } from "./problems.js";

/** The page that shows the OpenAPI document, with all that it needs from this server alone. */

const require = createRequire(import.meta.url);
const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";
const CACHED = { "Cache-Control": "max-age=3600" };
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `page` is the path of the page under its dialect's prefix. */
export function docsFiles(prefix: string, page: string): Route[] {
  // Unless told not to, the page has the document checked by a server elsewhere.
  const options = { url: `${prefix}/openapi.json`, dom_id: "#api", deepLinking: true, validatorUrl: null };
  const start = `SwaggerUIBundle(${JSON.stringify(options)});\n`;
  return [
    fileRoute(`${page}/start.js`, SCRIPT, () => start),
    fileRoute(`${page}/swagger-ui-bundle.js`, SCRIPT, () =>
      text(require.resolve("swagger-ui-dist/swagger-ui-bundle.js")),
    ),
    fileRoute(`${page}/swagger-ui.css`, STYLE, () => text(require.resolve("swagger-ui-dist/swagger-ui.css"))),
  ];
}

/** The file is read when it is first asked for. */
function fileRoute(path: string, type: string, read: () => string): Route {
  let body: string | undefined;
  const serve = async (): Promise<Reply> => {
    body ??= read();
    return { status: 200, type, body, headers: CACHED };
  };
  return route("GET", path, () => undefined, serve);
}

function text(file: string): string {
  return readFileSync(file, "utf8");
}

/** `address` is that of the page, with its prefix. */
export function docsPage(address: string): Reply {
  const kinds = [[INVALID_INPUT.code, { status: 400, ...INVALID_INPUT }] as const, ...Object.entries(REFUSALS)];
  const problems = kinds.map(
    ([code, { status, title, when }]) => `<dt id="problem-${code}">${title} (${status})</dt><dd>${inHtml(when)}</dd>`,
  );
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SHARQ API</title>
<link rel="stylesheet" href="${address}/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<div class="swagger-ui"><section class="wrapper"><h2>Problems</h2><dl>
${problems.join("\n")}
</dl></section></div>
<script src="${address}/swagger-ui-bundle.js"></script>
<script src="${address}/start.js"></script>
</body>
</html>
`;
  return { status: 200, type: "text/html; charset=utf-8", body, headers: { "Content-Security-Policy": POLICY } };
}

function inHtml(markdown: string): string {
  return markdown.replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
