/** A process is killed at each step of publishing to other places than the branch that is checked out. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  killAtEachStep,
  type KilledPublications,
} from "../support/publishing/kill-at-each-step.ts";
import {
  openPublishingFixture,
  type PublishingFixture,
} from "../support/publishing/publishing-fixture.ts";

let fixture: PublishingFixture;

beforeAll(async () => {
  fixture = await openPublishingFixture();
});

afterAll(async () => fixture?.[Symbol.asyncDispose]());

beforeEach(async () => fixture.renew());

describe("SIGKILL at each step of publishing", () => {
  it.each<KilledPublications & { readonly where: string }>([
    {
      where: "on a branch of its own",
      moments: ["after"],
      stateBranch: "states",
      repository: "hub.git",
    },
    {
      where: "without a remote",
      moments: ["after"],
      stateBranch: null,
      repository: "work",
    },
  ])(
    "leaves each transition once $where: $moments each git command",
    async (killed) => {
      await killAtEachStep(fixture, killed);
      expect(await fixture.box.git("hub.git", "fsck", "--strict", "--no-dangling")).toBe("");
    },
    600_000,
  );
});
