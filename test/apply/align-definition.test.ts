import { describe, expect, it } from "vitest";
import { type Alignment, decideAlignment } from "../../src/apply/align-definition.ts";
import type { CollectionFacts } from "../../src/model/facts.ts";
import { selectObjects } from "../../src/model/select-objects.ts";
import type { CollectionRecord } from "../../src/ports.ts";
import { exact } from "../report/sample-plan.ts";
import {
  collectionFacts,
  type Entry,
  factsOf,
  ID_INDEX,
  indexFacts,
  ownedTarget,
  sampleMigration,
  selection,
} from "../support/sample-facts.ts";

const MIGRATION = sampleMigration([selection("shop")], { mode: "full-and-incremental" });
const A = [["a", 1]] as const;

/** @param own - Names of the indexes that this program has built. */
function align(
  source: CollectionFacts,
  existing: Partial<CollectionFacts>,
  own: readonly string[] = [],
): Alignment | null {
  const record: CollectionRecord = {
    ...ownedTarget(source, "shop.orders"),
    state: "done",
    isComplete: true,
    partitionCount: 1,
    runSeq: 1,
    indexes: own,
    viewDigest: null,
  };
  const standing = collectionFacts("shop.orders", { uuid: record.targetUuid, ...existing });
  const facts = factsOf([source], [standing], { ownedTargets: [record] });
  const [object] = selectObjects(MIGRATION, facts).objects;
  if (object === undefined) throw new Error("nothing is selected");
  return decideAlignment(object, record);
}

function orders(
  options: readonly Entry[],
  ...indexes: readonly ReturnType<typeof indexFacts>[]
): CollectionFacts {
  return collectionFacts("shop.orders", {
    options: exact(...options),
    indexes: [ID_INDEX, ...indexes],
  });
}

describe("decideAlignment", () => {
  it("finds nothing to do where only what waits for the cutover differs", () => {
    const source = orders(
      [
        ["capped", true],
        ["size", 4096],
      ],
      indexFacts("a_1", A, ["unique", true], ["hidden", true], ["expireAfterSeconds", 60]),
    );
    const plain = indexFacts("a_1", A);
    const existing = {
      options: exact(["capped", true], ["size", 67_117_056]),
      indexes: [ID_INDEX, plain],
    };
    expect(align(source, existing, ["a_1"])).toBeNull();
  });

  it("sets the options that the source has by now, and takes back those it has no more", () => {
    const validator = new Map([["a", 1]]);
    const set = align(orders([["validator", validator]]), {});
    expect([...(set?.options ?? [])].map(([name]) => name)).toEqual(["validator"]);
    const images = new Map([["enabled", true]]);
    const unset = align(orders([]), {
      options: exact(["validationLevel", "moderate"], ["changeStreamPreAndPostImages", images]),
    });
    expect(unset?.options).toEqual(
      new Map<string, unknown>([
        ["changeStreamPreAndPostImages", new Map([["enabled", false]])],
        ["validationLevel", "strict"],
      ]),
    );
  });

  it("builds what is missing and drops its own that the source has dropped", () => {
    const source = orders([], indexFacts("b_1", [["b", 1]]));
    const existing = { indexes: [ID_INDEX, indexFacts("a_1", A)] };
    expect(align(source, existing, ["a_1"])).toMatchObject({
      drop: ["a_1"],
      build: [{ name: "b_1" }],
    });
  });

  it("I8 leaves an index that somebody else has made at the destination", () => {
    expect(align(orders([]), { indexes: [ID_INDEX, indexFacts("a_1", A)] })).toBeNull();
  });

  it("drops and builds an index again that the source has made anew in another form", () => {
    const source = orders([], indexFacts("a_1", A, ["sparse", true]));
    const existing = { indexes: [ID_INDEX, indexFacts("a_1", A)] };
    expect(align(source, existing, ["a_1"])).toMatchObject({
      drop: ["a_1"],
      build: [{ name: "a_1" }],
    });
  });

  it("leaves an index that the source is still building", () => {
    const building = { ...indexFacts("a_1", A), isBuilding: true };
    expect(align(orders([], building), {})).toBeNull();
  });
});
