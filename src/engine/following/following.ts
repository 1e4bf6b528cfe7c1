import type { Channel } from "../channel.js";
import { SharqError } from "../errors.js";
import type { JobControl } from "../job-control.js";
import type { FollowScripts } from "../scripts/follow-scripts.js";
import type { Job, JobRef, JobState, QueueRef, TypeStatus } from "../types.js";
import { BoundedFeed, type Missed } from "./bounded-feed.js";
import { type Change, readChanges } from "./changes.js";
import { JobFeed } from "./job-feed.js";
import { type JobFollower, JobFollowers } from "./job-followers.js";

/** What is told of the installation, in order. */
export type InstallationEvent =
  /** Every second. */
  | { kind: "totals"; types: readonly TypeStatus[] }
  | { kind: "state"; queueType: string; queueId: string; jobId: string; state: JobState; atMs: number }
  | Missed;

export interface FollowingOptions {
  scripts: FollowScripts;
  /** Where changes are told. */
  channel: Channel;
  jobs: Pick<JobControl, "get" | "logsAfter">;
  tagOf(queue: QueueRef): Promise<string>;
  tags(queueType: string): Promise<readonly string[]>;
  queueTypes(): Promise<string[]>;
  statuses(queueTypes: readonly string[]): Promise<TypeStatus[]>;
}

/** Followers of either kind. */
interface Followers<Follower> {
  add(follower: Follower): unknown;
  delete(follower: Follower): unknown;
}

interface InstallationFollower {
  queueType: string | undefined;
  feed: BoundedFeed<InstallationEvent>;
}

/** What waits for a slow reader at the most. */
const MOST_WAITING = { count: 1000, size: 1_000_000 };
/** Jobs that one call asks for at the most. */
const CALL_LIMIT = 500;
/** Changes are asked for again this long before it is forgotten that they were. */
const RENEW_MS = 20_000;
const FOLLOW_MS = 60_000;
const TOTALS_MS = 1000;

/**
 * Follows jobs and the installation. The events of a follower are an iterable that ends by itself (`end`, or when the
 * server stops) or with its `signal`. A follower that reads slowly costs the others nothing: at most 1 000 events wait for
 * it, the rest is counted and told as `missed`.
 *
 * Scripts tell changes only while somebody follows: each server asks for what its followers want, again and again. All
 * servers hear all messages and pick out what is theirs.
 */
export class Following {
  readonly #options: FollowingOptions;
  readonly #jobs = new JobFollowers();
  readonly #installation = new Set<InstallationFollower>();
  /** The types by tag whose changes are all told. */
  #typesByTag = new Map<string, string>();
  #subscribed = false;
  #renewing: NodeJS.Timeout | undefined;
  #totals: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /**
   * `state` as it is now, the log lines after `afterLine`, and then what changes. Throws `unknown_job` when there is no
   * such job.
   */
  async job(ref: JobRef, { afterLine, signal }: { afterLine: number; signal: AbortSignal }) {
    // Whoever asks for jobs that are not there leaves nothing behind.
    await this.#find(ref);
    const { queueType, queueId, jobId } = ref;
    const tag = await this.#options.tagOf(ref);
    const follower: JobFollower = { queueType, queueId, jobId, tag, feed: new BoundedFeed(MOST_WAITING, signal) };
    this.#add(this.#jobs, follower, signal);
    try {
      await this.#followJobs(tag, [follower]);
      const job = await this.#find(ref);
      // The id may be in use anew, with a log that is shorter than the one that was followed before.
      const { total } = await this.#options.jobs.logsAfter(ref, afterLine, 1);
      const known = Math.min(afterLine, total);
      const events = new JobFeed({ job, feed: follower.feed, afterLine: known, jobs: this.#options.jobs });
      return this.#until(events, () => this.#forget(this.#jobs, follower));
    } catch (error) {
      this.#forget(this.#jobs, follower);
      throw error;
    }
  }

  async #find(ref: JobRef): Promise<Job> {
    const job = await this.#options.jobs.get(ref);
    if (!job) throw new SharqError("unknown_job", "There is no such job");
    return job;
  }

  /** Of all types, or of one. */
  async installation({ queueType, signal }: { queueType?: string | undefined; signal: AbortSignal }) {
    const follower: InstallationFollower = { queueType, feed: new BoundedFeed(MOST_WAITING, signal) };
    this.#add(this.#installation, follower, signal);
    try {
      await this.#followTypes();
    } catch (error) {
      this.#forget(this.#installation, follower);
      throw error;
    }
    this.#tick();
    return this.#until(follower.feed, () => this.#forget(this.#installation, follower));
  }

  /** Ends what everybody follows; from now on nothing can be followed. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#renewing);
    clearTimeout(this.#totals);
    for (const { feed } of [...this.#jobs.all(), ...this.#installation]) feed.end();
  }

  #add<Follower extends { feed: { end(): void } }>(
    followers: Followers<Follower>,
    follower: Follower,
    signal: AbortSignal,
  ): void {
    followers.add(follower);
    // Also one that reads no more.
    signal.addEventListener("abort", () => this.#forget(followers, follower), { once: true });
    if (this.#closed) follower.feed.end();
    if (signal.aborted) this.#forget(followers, follower);
    if (!this.#subscribed) {
      this.#subscribed = true;
      this.#options.channel.subscribe({
        onMessage: (message) => this.#hear(message),
        // Redis may have been away for longer than it remembers who follows.
        onConnect: () => void this.#ask().finally(() => this.#jobs.refresh()),
      });
    }
    this.#renewing ??= setTimeout(() => this.#renew(), RENEW_MS).unref();
  }

  #forget<Follower>(followers: Followers<Follower>, follower: Follower): void {
    followers.delete(follower);
    if (this.#jobs.size + this.#installation.size > 0) return;
    clearTimeout(this.#renewing);
    this.#renewing = undefined;
  }

  /** Hands events on, and forgets the follower when it has ended or left. */
  async *#until<Event>(events: AsyncIterable<Event>, forget: () => void): AsyncGenerator<Event> {
    try {
      yield* events;
    } finally {
      forget();
    }
  }

  #hear(message: string): void {
    const heard = readChanges(message, (tag) => this.#typesByTag.get(tag) ?? this.#jobs.typeOf(tag));
    if (!heard) return;
    const { tag, queueType, changes } = heard;
    for (const change of changes) {
      this.#jobs.tell(tag, change);
      if (change.what.kind === "state") this.#tellAll(queueType, change, change.what.state);
    }
  }

  #tellAll(queueType: string, { queueId, jobId, atMs }: Change, state: JobState): void {
    for (const follower of this.#installation) {
      if (follower.queueType !== undefined && follower.queueType !== queueType) continue;
      follower.feed.push({ kind: "state", queueType, queueId, jobId, state, atMs });
    }
  }

  /** Goes on as long as anybody follows. */
  #renew(): void {
    this.#renewing = undefined;
    if (this.#closed || this.#jobs.size + this.#installation.size === 0) return;
    this.#renewing = setTimeout(() => this.#renew(), RENEW_MS).unref();
    void this.#ask();
  }

  /** Asks for all that is followed. While Redis is away nothing changes, and it is asked again when it is back. */
  async #ask(): Promise<void> {
    const asked = this.#jobs.tags().map((tag) => this.#followJobs(tag, [...this.#jobs.ofTag(tag)]));
    await Promise.allSettled([...asked, this.#followTypes()]);
  }

  /** When it was forgotten that they were followed, their followers look at what they may have missed. */
  async #followJobs(tag: string, jobs: readonly JobFollower[]): Promise<void> {
    const { scripts, channel } = this.#options;
    for (let at = 0; at < jobs.length; at += CALL_LIMIT) {
      const began = await scripts.followJobs(tag, FOLLOW_MS, channel.name, jobs.slice(at, at + CALL_LIMIT));
      if (began) this.#jobs.refresh(tag);
    }
  }

  async #followTypes(): Promise<void> {
    const { scripts, channel, tags, queueTypes } = this.#options;
    const wanted = new Set([...this.#installation].map(({ queueType }) => queueType));
    // Also a type that nobody uses yet.
    const named = [...wanted].flatMap((queueType) => queueType ?? []);
    const typesByTag = new Map<string, string>();
    for (const queueType of new Set([...named, ...(wanted.has(undefined) ? await queueTypes() : [])])) {
      for (const tag of await tags(queueType)) {
        typesByTag.set(tag, queueType);
        this.#typesByTag.set(tag, queueType);
        await scripts.followAll(tag, FOLLOW_MS, channel.name);
      }
    }
    this.#typesByTag = typesByTag;
  }

  /** Of a type that is in the totals, changes are told from then on. */
  async #tellTotals(): Promise<void> {
    const wanted = new Set([...this.#installation].map(({ queueType }) => queueType));
    const found = new Map<string | undefined, TypeStatus[]>();
    const { queueTypes, statuses } = this.#options;
    for (const queueType of wanted) {
      found.set(queueType, await statuses(queueType === undefined ? await queueTypes() : [queueType]));
    }
    await this.#followTypes();
    for (const { queueType, feed } of this.#installation) {
      const types = found.get(queueType);
      if (types) feed.update({ kind: "totals", types }, ({ kind }) => kind === "totals");
    }
  }

  /** Tells totals every second while anybody follows the installation, and hears of types that are new. */
  #tick(): void {
    if (this.#totals !== undefined) return;
    const tick = async () => {
      // While Redis is away there is nothing to tell.
      await this.#tellTotals().catch(() => undefined);
      this.#totals = this.#closed || this.#installation.size === 0 ? undefined : setTimeout(tick, TOTALS_MS).unref();
    };
    this.#totals = setTimeout(tick, 0);
  }
}
