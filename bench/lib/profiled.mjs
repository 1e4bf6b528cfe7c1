/** Preloaded into a server: profiles it for as long as the signal SIGUSR2 finds it, and writes where its time went. */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";

const SAMPLED_EVERY_US = 1000;
const session = new Session();
let profiling = false;

process.on("SIGUSR2", () => {
  if (profiling) session.post("Profiler.stop", write);
  else start();
  profiling = !profiling;
});

function start() {
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: SAMPLED_EVERY_US });
  session.post("Profiler.start");
}

function write(_error, { profile }) {
  session.disconnect();
  writeFileSync(process.env.BENCH_PROFILE, JSON.stringify(profile));
}
