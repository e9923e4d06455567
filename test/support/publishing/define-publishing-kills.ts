/** A process is killed at each step of publishing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { killAtEachStep, type KilledPublications } from "./kill-at-each-step.ts";
import { openPublishingFixture, type PublishingFixture } from "./publishing-fixture.ts";

/** Defines the tests. */
export function definePublishingKills(
  cases: readonly (KilledPublications & { readonly where: string })[],
): void {
  let fixture: PublishingFixture;

  beforeAll(async () => {
    fixture = await openPublishingFixture();
  });

  afterAll(async () => fixture?.[Symbol.asyncDispose]());

  beforeEach(async () => fixture.renew());

  describe("SIGKILL at each step of publishing", () => {
    it.each(cases)(
      "leaves each transition once $where: $moments each git command",
      async (killed) => {
        await killAtEachStep(fixture, killed);
        expect(await fixture.box.git("hub.git", "fsck", "--strict", "--no-dangling")).toBe("");
      },
      600_000,
    );
  });
}
