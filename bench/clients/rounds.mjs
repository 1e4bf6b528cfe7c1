/** Lets a process of clients do `round(jobs)` whenever the bench asks for it, and tells how long it took. */
export function serveRounds(round) {
  process.on("message", async ({ jobs }) => {
    const startedAt = performance.now();
    await round(jobs);
    process.send({ tookMs: performance.now() - startedAt });
  });
  process.once("disconnect", () => process.exit(0));
}
