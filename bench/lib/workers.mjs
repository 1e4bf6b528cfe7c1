import { once } from "node:events";
import { messageOf, startModule } from "./processes.mjs";

const START_MS = 5000;

/** Workers in a process of their own, connected; `work` lets them go and returns their dispatches by queue. */
export async function startWorkers(scope, { url, path, connections, seconds }) {
  const child = startModule(scope, new URL("../clients/workers.mjs", import.meta.url), {
    url,
    path,
    connections,
    seconds,
  });
  await messageOf(child, START_MS);
  return {
    work: async () => {
      child.send("go");
      const dispatches = await messageOf(child, seconds * 1000 + START_MS);
      child.kill("SIGTERM");
      await once(child, "exit");
      return byQueue(dispatches);
    },
  };
}

/** The dispatches of each queue in the order of their times: [time, time of the receipt], us. */
function byQueue({ queues, timesUs, receiptsUs }) {
  const groups = new Map();
  queues.forEach((queue, i) => {
    const group = groups.get(queue) ?? [];
    groups.set(queue, group);
    group.push([timesUs[i], receiptsUs[i]]);
  });
  for (const group of groups.values()) group.sort(([a], [b]) => a - b);
  return groups;
}
