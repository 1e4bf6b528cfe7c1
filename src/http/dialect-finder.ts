import type { Dialect, Reply, RequestProblem } from "./route.js";

/** Finds the dialect that a path belongs to: of those whose prefix it has, the one with the longest. */
export function dialectFinder(dialects: readonly Dialect[]): (url: string) => Dialect {
  const longestFirst = [...dialects].sort((a, b) => b.prefix.length - a.prefix.length);
  const last = longestFirst.at(-1);
  if (!last) throw new Error("A server speaks at least one dialect");
  return (url) => longestFirst.find(({ prefix }) => url === prefix || beginsWith(url, prefix)) ?? last;
}

/** Refuses requests that no route sees, in the form of the dialect that they were meant for. */
export function refuser(dialects: readonly Dialect[]): (problem: RequestProblem, url: string) => Reply {
  const dialectOf = dialectFinder(dialects);
  return (problem, url) => dialectOf(url).refuse(problem);
}

function beginsWith(url: string, prefix: string): boolean {
  return url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`);
}
