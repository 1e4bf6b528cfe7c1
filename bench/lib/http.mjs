import { Agent, request } from "node:http";

const LIMIT_MS = 70_000;

/** A client of one server over a few connections that stay open. */
export function openClient(scope, url, connections = 8) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  scope.defer(() => agent.destroy());
  const call = (method, path, body) => send(agent, url + path, method, body);
  return { call, expect: (status, method, path, body) => expect(call, status, method, path, body) };
}

/** The body of the answer; throws when the status is another one, as it is when a route is missing. */
async function expect(call, status, method, path, body) {
  const answer = await call(method, path, body);
  if (answer.status === status) return JSON.parse(answer.text);
  throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
}

function send(agent, url, method, body) {
  return new Promise((done, failed) => {
    const sent = request(url, { method, agent, timeout: LIMIT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("error", failed);
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`${method} ${url}: no answer within ${LIMIT_MS} ms`)));
    sent.on("error", failed);
    sent.end(typeof body === "object" ? JSON.stringify(body) : body);
  });
}
