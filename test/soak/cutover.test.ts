/** As test/crash/cutover.test.ts, for longer. */
import { expect, it } from "vitest";
import { openFollowFixture } from "../support/following/follow-fixture.ts";
import { fillForCutovers, killCutovers } from "../support/following/killed-cutovers.ts";

const CUTOVERS = 30;

it(`I6 I7 ends in one of two ways, ${CUTOVERS} times with a kill`, async () => {
  await using fixture = await openFollowFixture();
  await fillForCutovers(fixture);
  expect(await killCutovers(fixture, CUTOVERS)).toBeGreaterThanOrEqual(CUTOVERS);
}, 1_800_000);
