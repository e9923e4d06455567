import { describe, expect, it } from "vitest";
import { delaysMsOf, slowestLagMs } from "../../../src/mongo/facts/read-pressure.ts";

const PRIMARY = { _id: 0, state: 1, health: 1, optimeDate: new Date(100_000) };

function secondary(_id: number, atMs: number, more: object = {}): object {
  return { _id, state: 2, health: 1, optimeDate: new Date(atMs), ...more };
}

describe("slowestLagMs", () => {
  it.each([
    ["of the slowest secondary", [PRIMARY, secondary(1, 99_000), secondary(2, 88_000)], 12_000],
    [
      "of none that is down",
      [PRIMARY, secondary(1, 99_000), secondary(2, 0, { health: 0 })],
      1_000,
    ],
    ["of none that recovers", [PRIMARY, secondary(2, 0, { state: 3 })], 0],
    ["of a set of one", [PRIMARY], 0],
    ["never below zero", [PRIMARY, secondary(1, 101_000)], 0],
    ["unknown without a primary", [secondary(1, 99_000)], null],
  ])("%s", (_title, members, expected) => {
    expect(slowestLagMs({ members }, new Map())).toBe(expected);
  });

  it("does not count a delay that is wanted", () => {
    const config = { members: [{ _id: 0 }, { _id: 1, secondaryDelaySecs: 60 }] };
    const members = [PRIMARY, secondary(1, 38_000)];
    expect(slowestLagMs({ members }, delaysMsOf({ config }))).toBe(2_000);
    const older = { members: [{ _id: 1, slaveDelay: 61 }] };
    expect(slowestLagMs({ members }, delaysMsOf({ config: older }))).toBe(1_000);
    expect(slowestLagMs({ members }, delaysMsOf(null))).toBe(62_000);
  });
});
