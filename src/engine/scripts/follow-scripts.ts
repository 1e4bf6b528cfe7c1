import { word } from "./replies.js";
import { ScriptCalls } from "./script-calls.js";

/** The script that asks for changes to be told. */
export class FollowScripts extends ScriptCalls {
  /** All changes of a partition's jobs are told on the channel for so long. */
  async followAll(tag: string, forMs: number, channel: string): Promise<void> {
    await this.run("follow", tag, [this.now(), forMs, channel, "all"]);
  }

  /** The changes of these jobs are. Returns whether no job of the partition was followed before. */
  async followJobs(
    tag: string,
    forMs: number,
    channel: string,
    jobs: readonly { queueId: string; jobId: string }[],
  ): Promise<boolean> {
    const names = jobs.flatMap(({ queueId, jobId }) => [queueId, jobId]);
    const reply = await this.run("follow", tag, [this.now(), forMs, channel, "some", ...names]);
    return word(reply, ["went_on", "began"]) === "began";
  }
}
