/** Cutovers under load that are killed; `npm run test:soak` does more of them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import { fillForCutovers, killCutovers } from "../support/following/killed-cutovers.ts";

/** At least; one at the beginning of each step. */
const CUTOVERS = 6;

let fixture: FollowFixture;

beforeAll(async () => {
  fixture = await openFollowFixture();
  await fillForCutovers(fixture);
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

it("I6 I7 ends in one of two ways where it is killed, in each step", async () => {
  expect(await killCutovers(fixture, CUTOVERS)).toBeGreaterThanOrEqual(CUTOVERS);
}, 1_200_000);
