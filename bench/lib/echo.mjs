import { messageOf, startModule } from "./processes.mjs";

/** Added by Node itself to every answer. */
const OWN_HEADERS = ["date", "connection", "keep-alive", "transfer-encoding"];

/** A bare server that answers everything as `answer` was answered, with the same headers and body. */
export async function startEcho(scope, { status, headers, text }, { env } = {}) {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.includes(name)));
  const module = new URL("../clients/echo-server.mjs", import.meta.url);
  const child = startModule(scope, module, { status, headers: kept, text }, { env });
  const { port } = await messageOf(child, 5000);
  return { pid: child.pid, url: `http://127.0.0.1:${port}` };
}
