import { describe, expect, it } from "vitest";
import type { Facts } from "../../../src/model/facts.ts";
import { freeSpace } from "../../../src/precheck/rules/free-space.ts";
import {
  collectionFacts,
  factsOf,
  ownedTarget,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const MIB = 1024 ** 2;
const source = collectionFacts("shop.orders", { dataBytes: 80 * MIB, indexBytes: 20 * MIB });
const migration = sampleMigration([selection("shop")]);

function withFree(freeDiskBytes: number | null, changes: Partial<Facts> = {}): Facts {
  const destination = reachable("apsaradb", { freeDiskBytes });
  return factsOf([source], changes.destinationCollections ?? [], { destination, ...changes });
}

describe("freeSpace", () => {
  it("wants room for documents and indexes and a fifth more", () => {
    expect(checkRule(freeSpace, migration, withFree(120 * MIB))).toEqual([]);
    expect(checkRule(freeSpace, migration, withFree(120 * MIB - 1))).toEqual([
      "warning: apsaradb has 120 MiB of free disk, 120 MiB may be needed before compression",
    ]);
    expect(checkRule(freeSpace, migration, withFree(25 * MIB))).toEqual([
      "warning: apsaradb has 25 MiB of free disk, 120 MiB may be needed before compression",
    ]);
    expect(checkRule(freeSpace, migration, withFree(25 * MIB - 1))).toEqual([
      "failed: apsaradb has 25 MiB of free disk, 120 MiB may be needed before compression",
    ]);
    expect(checkRule(freeSpace, migration, withFree(0))).toEqual([
      "failed: apsaradb has 0 MiB of free disk, 120 MiB may be needed before compression",
    ]);
  });

  it("warns where the server does not tell", () => {
    expect(checkRule(freeSpace, migration, withFree(null))).toEqual([
      "warning: the free disk space of apsaradb is unknown; 120 MiB are needed at most",
    ]);
  });

  it("counts what an interrupted run has still to copy", () => {
    const facts = withFree(60 * MIB, {
      destinationCollections: [
        collectionFacts("shop.orders", {
          uuid: "uuid of shop.orders",
          dataBytes: 50 * MIB,
          indexBytes: 0,
        }),
      ],
      ownedTargets: [ownedTarget(source, "shop.orders")],
    });
    expect(checkRule(freeSpace, migration, facts)).toEqual([]);
    const destination = reachable("apsaradb", { freeDiskBytes: 59 * MIB });
    expect(checkRule(freeSpace, migration, { ...facts, destination })).toEqual([
      "warning: apsaradb has 59 MiB of free disk, 60 MiB may be needed before compression",
    ]);
  });

  it("needs nothing for what is complete, or when nothing is selected", () => {
    const facts = withFree(null, {
      destinationCollections: [collectionFacts("shop.orders")],
      ownedTargets: [ownedTarget(source, "shop.orders", { isComplete: true })],
    });
    expect(checkRule(freeSpace, migration, facts)).toEqual([]);
    expect(checkRule(freeSpace, sampleMigration([]), withFree(null))).toEqual([]);
  });
});
