import { describe, expect, it } from "vitest";
import { versions } from "../../../src/precheck/rules/versions.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

function check(
  [source, sourceFcv = null]: readonly [string, (string | null)?],
  [destination, destinationFcv = null]: readonly [string, (string | null)?],
): readonly string[] {
  const facts = factsOf([], [], {
    source: reachable("a", { version: source, featureCompatibilityVersion: sourceFcv }),
    destination: reachable("b", {
      version: destination,
      featureCompatibilityVersion: destinationFcv,
    }),
  });
  return checkRule(versions, sampleMigration([]), facts);
}

function older(destination: string, source: string): readonly string[] {
  return [
    `warning: the destination runs ${destination}, older than the source's ${source}: options that came later are refused when collections are created`,
  ];
}

describe("versions", () => {
  it.each([
    ["6.0.5", "6.0.5"],
    ["6.0.27", "6.0.5"],
    ["5.0.4", "6.0.5"],
    ["4.4.2", "10.0.1"],
    ["7.0.0", "7.1.0"],
  ])("passes %s → %s", (source, destination) => {
    expect(check([source], [destination])).toEqual([]);
  });

  it.each([
    ["6.0.5", "5.0.4"],
    ["10.0.1", "9.0.0"],
    ["7.3.0", "7.0.14"],
  ])("warns of %s → %s", (source, destination) => {
    expect(check([source], [destination])).toEqual(older(destination, source));
  });

  it("goes by what a server is compatible with, where that is known", () => {
    expect(check(["6.0.5", "5.0"], ["5.0.4", "5.0"])).toEqual([]);
    expect(check(["6.0.5", "6.0"], ["6.0.5", "5.0"])).toEqual(
      older("6.0.5 (feature compatibility 5.0)", "6.0.5"),
    );
  });
});
