/** Three-member replica sets whose primaries change while changes are followed. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplicaSet } from "../../dev/mongod/replica-set.ts";
import { startOwnSet } from "../support/borrow-set.ts";
import { hasPrinted } from "../support/cli-fixture.ts";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";

let source: ReplicaSet;
let destination: ReplicaSet;
let fixture: FollowFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startOwnSet("source", { members: 3 }),
    startOwnSet("destination", { members: 3 }),
  ]);
  fixture = await openFollowFixture({ source, destination });
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await Promise.all([source?.stop(), destination?.stop()]);
});

async function killPrimary(set: ReplicaSet): Promise<void> {
  const host = await set.primaryHost();
  await set.killMember(host);
  await set.primaryHost();
  await sleep(1_000);
  await set.startMember(host);
}

describe("elections while changes are followed", () => {
  it("I2 I3 ends equal, in the same process, after primaries step down and are killed at either end", async () => {
    const filling = await fixture.load({ seed: 21, schemaPauseMs: null });
    await sleep(1_500);
    await filling.stop();
    const load = await fixture.load({ seed: 22, schemaPauseMs: 500 });
    const run = fixture.start();
    // Whoever meets an election to begin with is told so, and ends.
    await hasPrinted(run, "→ Copying");
    await sleep(1_500);
    for (const set of [source, destination]) {
      await set.stepDown();
      await sleep(2_000);
      await killPrimary(set);
      await sleep(2_000);
    }
    await load.stop();
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
  }, 300_000);
});
