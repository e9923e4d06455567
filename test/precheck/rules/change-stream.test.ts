import { describe, expect, it } from "vitest";
import type { CollectionFacts, ServerFacts } from "../../../src/model/facts.ts";
import { changeStream } from "../../../src/precheck/rules/change-stream.ts";
import {
  collectionFacts,
  factsOf,
  reachable,
  sampleMigration,
  selection,
  unreachable,
  viewFacts,
} from "../../support/sample-facts.ts";
import { exact } from "../../report/sample-plan.ts";
import { checkRule, objectionsOf } from "../check-rule.ts";

const FOLLOWING = sampleMigration([selection("shop")], { mode: "full-and-incremental" });
const HEAT = collectionFacts("shop.heat", { kind: "timeseries" });
const FUNCTIONS = collectionFacts("shop.system.js");

function sourceOf(
  version: string,
  featureCompatibilityVersion: string | null,
  ...collections: readonly CollectionFacts[]
) {
  const source = reachable("a", { version, featureCompatibilityVersion });
  return factsOf(collections, [], { source });
}

describe("changeStream", () => {
  it("does not matter to a full migration", () => {
    const full = sampleMigration([selection("shop")]);
    expect(checkRule(changeStream, full, sourceOf("4.4.2", "4.4", HEAT, FUNCTIONS))).toEqual([]);
  });

  it.each([
    ["6.0.5", "6.0"],
    ["6.0.5", null],
    ["8.0.1", "7.0"],
  ])("passes a source of %s with feature compatibility %s", (version, compatibility) => {
    const facts = sourceOf(
      version,
      compatibility,
      collectionFacts("shop.a"),
      viewFacts("shop.v", "a"),
    );
    expect(checkRule(changeStream, FOLLOWING, facts)).toEqual([]);
  });

  it("refuses a source that is too old, or held back", () => {
    const need = "change streams that tell of collections and indexes too are of 6.0 and later";
    expect(checkRule(changeStream, FOLLOWING, sourceOf("5.0.4", "5.0"))).toEqual([
      `failed: a runs 5.0.4; ${need}`,
    ]);
    expect(checkRule(changeStream, FOLLOWING, sourceOf("5.0.4", null))).toHaveLength(1);
    const heldBack = sourceOf("6.0.5", "5.0");
    expect(checkRule(changeStream, FOLLOWING, heldBack)).toEqual([
      `failed: a runs 6.0.5 with feature compatibility version 5.0; ${need}`,
    ]);
    const [objection] = objectionsOf(changeStream, FOLLOWING, heldBack);
    expect(objection?.remedy).toContain("setFeatureCompatibilityVersion");
  });

  it("names what a change stream does not tell of, as far as it is selected", () => {
    const facts = sourceOf("6.0.5", "6.0", HEAT, FUNCTIONS);
    expect(checkRule(changeStream, FOLLOWING, facts)).toEqual([
      "failed: shop.heat is a time-series collection: change streams do not tell what is written to it",
      "warning: shop.system.js holds stored functions, which are copied once: change streams do not tell when they change",
    ]);
    const without = sampleMigration([selection("shop", { exclude: ["heat"], functions: false })], {
      mode: "full-and-incremental",
    });
    expect(checkRule(changeStream, without, facts)).toEqual([]);
  });

  describe("of capped collections", () => {
    const LOG = collectionFacts("shop.log", { options: exact(["capped", true]) });

    function checkCapped(
      server: Partial<ServerFacts> | null,
      migration = FOLLOWING,
    ): readonly string[] {
      const destination = server === null ? unreachable("b") : reachable("b", server);
      const { source } = sourceOf("6.0.5", "6.0");
      return checkRule(changeStream, migration, factsOf([LOG], [], { source, destination }));
    }

    it.each([
      ["4.4.2", "4.4", "4.4"],
      ["6.0.5", "4.4", "4.4"],
    ])("refuses a destination of %s with compatibility %s", (version, compatibility, named) => {
      const server = { version, featureCompatibilityVersion: compatibility };
      expect(checkCapped(server)).toEqual([
        `failed: shop.log is capped, and b runs ${named}: servers before 5.0 refuse to delete from capped collections, as the source does when one is full`,
      ]);
    });

    it("passes newer ones, those nobody could look at, full copies, and what is left out", () => {
      expect(checkCapped({ version: "5.0.4", featureCompatibilityVersion: "5.0" })).toEqual([]);
      expect(checkCapped(null)).toEqual([]);
      const old = { version: "4.4.2", featureCompatibilityVersion: "4.4" };
      expect(checkCapped(old, { ...FOLLOWING, mode: "full" })).toEqual([]);
      const without = { ...FOLLOWING, objects: [selection("shop", { exclude: ["log"] })] };
      expect(checkCapped(old, without)).toEqual([]);
    });
  });
});
