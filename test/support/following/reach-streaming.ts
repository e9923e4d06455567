/** Waiting for a process that follows. */
import type { Document } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import type { CliRun } from "../cli-fixture.ts";
import type { FollowFixture } from "./follow-fixture.ts";

/** A document whose key is plain. */
export interface Keyed extends Document {
  _id: number | string;
}

type Followed = Pick<FollowFixture, "start" | "destinationClient">;

const WITHIN_MS = 60_000;

/** Starts the program and returns once it follows what the copy, or an earlier process, has left. Wrapped: a run is a promise itself. */
export async function startStreaming(fixture: Followed): Promise<{ readonly run: CliRun }> {
  const run = fixture.start();
  let said = "";
  run.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const deadline = performance.now() + WITHIN_MS;
  while (!isAtWork(said) || (await readPhase(fixture)) !== "Streaming") {
    await refuseEnded(run);
    if (performance.now() > deadline) {
      throw new Error(`it is ${await readPhase(fixture)} instead of Streaming`);
    }
    await sleep(50);
  }
  await refuseEnded(run);
  return { run };
}

/** Whether it has begun to follow since it last came into a phase. */
function isAtWork(said: string): boolean {
  return said.lastIndexOf("Follows the changes of") > said.lastIndexOf("→ Streaming");
}

export async function readPhase({
  destinationClient,
}: Pick<Followed, "destinationClient">): Promise<string> {
  const found = await destinationClient.db("mongoferry").collection("migrations").findOne();
  return String(found?.["phase"]);
}

/** What a condition says; `undefined` as text where there is none of its type. */
export async function readCondition(
  { destinationClient }: Pick<Followed, "destinationClient">,
  type: string,
): Promise<string> {
  const found = await destinationClient.db("mongoferry").collection("migrations").findOne();
  const conditions: readonly Document[] = found?.["conditions"] ?? [];
  return String(conditions.find((each) => each["type"] === type)?.["message"]);
}

/** Throws with what the program has said, unless it is at work. */
export async function refuseEnded(run: CliRun): Promise<void> {
  if (run.exitCode === null && run.signalCode === null) return;
  const { exitCode, stderr } = await run;
  throw new Error(`it has ended by itself with exit code ${exitCode}: ${String(stderr)}`);
}
