import type { Retry } from "../base/retry.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Ends } from "../precheck/collect-facts.ts";

/** Where the changes to follow begin; opened before anything is read (I1). */
export async function openFeed(
  ends: Ends,
  retry: Retry,
): Promise<Pick<Checkpoint, "position" | "sourceIdentity">> {
  const feed = await ends.connectFeed();
  const source = await ends.connectSource();
  return {
    position: await retry(async () => feed.currentPosition()),
    sourceIdentity: await retry(async () => source.readIdentity()),
  };
}
