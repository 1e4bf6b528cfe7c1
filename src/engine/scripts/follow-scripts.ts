import { word } from "./replies.js";
import { ScriptCalls } from "./script-calls.js";

/** The script that asks for changes to be told. */
export class FollowScripts extends ScriptCalls {
  /** All changes of a partition's jobs are told on the channel for so long. */
  async followAll(tag: string, forMs: number, channel: string): Promise<void> {
    word(await this.run("follow", tag, [this.now(), forMs, channel, "all"]), ["followed"]);
  }

  /** The changes of these jobs are. */
  async followJobs(
    tag: string,
    forMs: number,
    channel: string,
    jobs: readonly { queueId: string; jobId: string }[],
  ): Promise<void> {
    const names = jobs.flatMap(({ queueId, jobId }) => [queueId, jobId]);
    word(await this.run("follow", tag, [this.now(), forMs, channel, "some", ...names]), ["followed"]);
  }
}
