/** The process is killed again and again while it copies and follows a source that changes in every way. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extent } from "../support/extent.ts";
import {
  type FollowFixture,
  killAgainAndAgain,
  openFollowFixture,
} from "../support/following/follow-fixture.ts";

/** Four of each kind, and one beginning with nothing. */
const KILLS = extent(12, 60);

let fixture: FollowFixture;

beforeAll(async () => {
  fixture = await openFollowFixture();
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

describe("SIGKILL while changes are followed", () => {
  it(`I2 I3 I4 ends equal after ${KILLS} kills`, async () => {
    expect(await killAgainAndAgain(fixture, { seed: 7, kills: KILLS })).toEqual([]);
  }, 600_000);
});
