import { describe, expect, it } from "vitest";
import { atlasSharedTier } from "../../../src/precheck/rules/atlas-shared-tier.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { SILENT } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

const shared = { state: { ...SILENT, isSharedTier: true } };
const LIMITS =
  "100 to 500 operations per second, 10 to 50 GB in and out per week (M0 to M5), 500 connections, and no statistics of the server";

describe("atlasSharedTier", () => {
  it("passes dedicated tiers and everything else", () => {
    expect(checkRule(atlasSharedTier, sampleMigration([]), factsOf([]))).toEqual([]);
  });

  it("names the limits of a source", () => {
    const facts = factsOf([], [], { source: reachable("a", shared) });
    const throttled = `warning: a is a shared tier of Atlas, which limits ${LIMITS}: the copy is throttled, and may be cut off for days`;
    expect(checkRule(atlasSharedTier, sampleMigration([]), facts)).toEqual([throttled]);
    const following = sampleMigration([], { mode: "full-and-incremental" });
    expect(checkRule(atlasSharedTier, following, facts)).toEqual([
      throttled,
      "warning: a is a shared tier of Atlas, whose oplog can be read in parts only: changes can be followed through change streams alone",
    ]);
  });

  it("refuses a destination for more than the largest tier holds", () => {
    const destination = reachable("b", shared);
    const migration = sampleMigration([selection("shop")]);
    const check = (dataBytes: number) =>
      checkRule(
        atlasSharedTier,
        migration,
        factsOf([collectionFacts("shop.a", { dataBytes, indexBytes: 0 })], [], { destination }),
      );
    expect(check(5_000_000_000)).toEqual([
      `warning: b is a shared tier of Atlas, which limits ${LIMITS}, and storage to 512 MB (M0), 2 GB (M2) or 5 GB (M5, Flex)`,
    ]);
    expect(check(6_000_000_000)).toEqual([
      "failed: b is a shared tier of Atlas, which holds 4.7 GiB at most (M0: 512 MB); 5.6 GiB are to be copied",
    ]);
  });

  it("counts nothing that is kept", () => {
    const collections = [entry("a", { onExisting: "keep" })];
    const large = collectionFacts("shop.a", { dataBytes: 6_000_000_000 });
    const facts = factsOf([large], [collectionFacts("shop.a")], {
      destination: reachable("b", shared),
    });
    const migration = sampleMigration([selection("shop", { collections })]);
    expect(checkRule(atlasSharedTier, migration, facts)).toEqual([
      expect.stringMatching(/^warning: b is a shared tier of Atlas/),
    ]);
  });
});
