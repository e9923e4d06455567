/** As test/crash/publishing-kills.test.ts, at the moments that leave the same on disk as those do. */
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
      where: "on the branch that is checked out",
      moments: ["before"],
      stateBranch: null,
      repository: "hub.git",
    },
    {
      where: "on a branch of its own",
      moments: ["during"],
      stateBranch: "states",
      repository: "hub.git",
    },
    {
      where: "without a remote",
      moments: ["before"],
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
