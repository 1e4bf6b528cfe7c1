/** Where a process spent its time, from a profile of V8: the shares of its parts, without idling. */

/** In the order of the documents. */
export const PARTS = {
  answers: "system calls that send answers",
  node: "Node: event loop, HTTP, promises",
  dialect: "reading requests, writing answers",
  engine: "engine: joining, bindings",
  client: "Redis client",
  calls: "system calls that send to Redis",
  collector: "garbage collector",
};

const SENDING = /^write(v|Buffer|\w*String)$/;

/** By part, the share of the time in which the process was busy. */
export function sharesOf({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const spent = Object.fromEntries(Object.keys(PARTS).map((part) => [part, 0]));
  samples.forEach((id, i) => {
    const part = partOf(stackOf(id, byId, parents));
    if (part !== "idle") spent[part] += timeDeltas[i];
  });
  const busy = Object.values(spent).reduce((sum, us) => sum + us, 0);
  return Object.fromEntries(Object.entries(spent).map(([part, us]) => [part, us / busy]));
}

/** The calls from the innermost to the outermost one. */
function stackOf(id, byId, parents) {
  const stack = [];
  for (let at = id; at !== undefined; at = parents.get(at)) stack.push(byId.get(at).callFrame);
  return stack;
}

function partOf(stack) {
  const [{ functionName }] = stack;
  if (functionName === "(idle)") return "idle";
  if (functionName === "(garbage collector)") return "collector";
  if (SENDING.test(functionName)) return stack.some(({ url }) => url.includes("/ioredis/")) ? "calls" : "answers";
  for (const { url, functionName: name } of stack) {
    if (url.includes("/ioredis/")) return "client";
    if (url.includes("/dist/engine/")) return "engine";
    // Validators are compiled from text and have no file.
    if (url.includes("/dist/") || /^validate\d+$/.test(name)) return "dialect";
    if (url.startsWith("node:")) return "node";
  }
  return "node";
}
