import { describe, expect, it } from "vitest";
import type { Facts } from "../../../src/model/facts.ts";
import type { Migration } from "../../../src/model/migration.ts";
import { freeSpace } from "../../../src/precheck/rules/free-space.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ownedTarget,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { SILENT } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

const MIB = 1024 ** 2;
const source = collectionFacts("shop.orders", { dataBytes: 80 * MIB, indexBytes: 20 * MIB });
const migration = sampleMigration([selection("shop")]);

/** A destination that does not say what is used, but for the disk as a whole. */
function withFree(freeDiskBytes: number | null, changes: Partial<Facts> = {}): Facts {
  const destination = reachable("apsaradb", { freeDiskBytes, state: SILENT });
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
      "warning: could not be decided: the free disk space of apsaradb is unknown; 120 MiB are needed at most",
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

  it("goes by the declared storage where the server does not tell, less what is used", () => {
    const declared = declaring(150 * MIB);
    expect(checkRule(freeSpace, declared, withFree(null))).toEqual([]);
    const used = { ...SILENT, usedStorageBytes: 31 * MIB };
    const destination = reachable("apsaradb", { freeDiskBytes: null, state: used });
    expect(checkRule(freeSpace, declared, withFree(null, { destination }))).toEqual([
      "warning: apsaradb has 119 MiB of free disk, 120 MiB may be needed before compression",
    ]);
    const destinationCollections = [collectionFacts("shop.more", { dataBytes: 31 * MIB })];
    expect(checkRule(freeSpace, declared, withFree(null, { destinationCollections }))).toHaveLength(
      1,
    );
  });

  it("takes the smaller of what is declared and what the server sees", () => {
    expect(checkRule(freeSpace, declaring(1024 * MIB), withFree(10 * MIB))).toHaveLength(1);
    expect(checkRule(freeSpace, declaring(10 * MIB), withFree(1024 * MIB))).toEqual([
      "failed: apsaradb has 10 MiB of free disk, 120 MiB may be needed before compression",
    ]);
  });

  it("counts what a replaced target frees, and nothing for one that is kept", () => {
    const there = collectionFacts("shop.orders", { dataBytes: 60 * MIB, indexBytes: 0 });
    const facts = withFree(48 * MIB, { destinationCollections: [there] });
    expect(checkRule(freeSpace, existing("replace"), facts)).toEqual([]);
    const tight = withFree(47 * MIB, { destinationCollections: [there] });
    expect(checkRule(freeSpace, existing("replace"), tight)).toEqual([
      "warning: apsaradb has 47 MiB of free disk, 48 MiB may be needed before compression",
    ]);
    expect(checkRule(freeSpace, existing("keep"), withFree(0, facts))).toEqual([]);
  });
});

function declaring(declaredStorageBytes: number): Migration {
  return { ...migration, destination: { ...migration.destination, declaredStorageBytes } };
}

function existing(onExisting: "replace" | "keep"): Migration {
  return sampleMigration([selection("shop", { collections: [entry("orders", { onExisting })] })]);
}
