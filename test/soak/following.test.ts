/** As test/crash/following.test.ts, for much longer, with other workloads. */
import { describe, expect, it } from "vitest";
import { killAgainAndAgain, openFollowFixture } from "../support/following/follow-fixture.ts";

const KILLS_EACH = 50;
const SEEDS = Array.from({ length: 10 }, (_, n) => 100 + n);

describe("SIGKILL while changes are followed, for long", () => {
  it.each(SEEDS)(
    "I2 I3 I4 ends equal with seed %i",
    async (seed) => {
      await using fixture = await openFollowFixture();
      expect(await killAgainAndAgain(fixture, { seed, kills: KILLS_EACH })).toEqual([]);
    },
    900_000,
  );
});
