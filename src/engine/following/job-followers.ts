import type { JobRef } from "../types.js";
import type { BoundedFeed } from "./bounded-feed.js";
import type { Change } from "./changes.js";
import type { Notice } from "./job-feed.js";

/** Somebody who follows a job. */
export interface JobFollower extends JobRef {
  /** Of the partition that the job is in. */
  tag: string;
  feed: BoundedFeed<Notice>;
}

/** About what a state takes beside its output, in characters. */
const STATE_SIZE = 500;

/** Who follows which jobs, found by the jobs that messages are about. */
export class JobFollowers {
  readonly #byTag = new Map<string, Map<string, Set<JobFollower>>>();

  add(follower: JobFollower): void {
    const jobs = this.#byTag.get(follower.tag) ?? new Map<string, Set<JobFollower>>();
    this.#byTag.set(follower.tag, jobs);
    jobs.set(nameOf(follower), (jobs.get(nameOf(follower)) ?? new Set()).add(follower));
  }

  delete(follower: JobFollower): void {
    const jobs = this.#byTag.get(follower.tag);
    const followers = jobs?.get(nameOf(follower));
    if (!jobs || !followers) return;
    followers.delete(follower);
    if (followers.size === 0) jobs.delete(nameOf(follower));
    if (jobs.size === 0) this.#byTag.delete(follower.tag);
  }

  get size(): number {
    return this.#byTag.size;
  }

  *all(): Iterable<JobFollower> {
    for (const tag of this.#byTag.keys()) yield* this.ofTag(tag);
  }

  tags(): string[] {
    return [...this.#byTag.keys()];
  }

  /** In a partition; of a job that several follow, each of them. */
  *ofTag(tag: string): Iterable<JobFollower> {
    for (const followers of this.#byTag.get(tag)?.values() ?? []) yield* followers;
  }

  /** The type that a partition belongs to, when one of its jobs is followed. */
  typeOf(tag: string): string | undefined {
    const [first] = this.ofTag(tag);
    return first?.queueType;
  }

  tell(tag: string, change: Change): void {
    const followers = this.#byTag.get(tag)?.get(nameOf(change));
    for (const { feed } of followers ?? []) feed.push(change.what, sizeOf(change.what));
  }

  /** Has them look at their jobs, because messages may have been missed. */
  refresh(tag?: string): void {
    for (const { feed } of tag === undefined ? this.all() : this.ofTag(tag)) feed.push({ kind: "refresh" });
  }
}

function nameOf({ queueId, jobId }: { queueId: string; jobId: string }): string {
  return `${queueId}:${jobId}`;
}

function sizeOf(what: Change["what"]): number {
  if (what.kind === "state") return STATE_SIZE + (what.job?.output?.length ?? 0) + (what.job?.error?.length ?? 0);
  if (what.kind === "log") return what.lines.reduce((sum, { message }) => sum + message.length, 0);
  return 0;
}
