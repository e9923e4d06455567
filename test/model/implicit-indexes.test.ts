import { describe, expect, it } from "vitest";
import { compareDefinitions } from "../../src/model/compare-definitions.ts";
import { pairIndexes } from "../../src/model/diff-definitions.ts";
import type { CollectionFacts, IndexFacts } from "../../src/model/facts.ts";
import { exact } from "../report/sample-plan.ts";
import { collectionFacts, type Entry, indexFacts } from "../support/sample-facts.ts";

const BY_SENSOR = [
  ["sensor", 1],
  ["at", 1],
] as const;

function timeSeries(fields: readonly Entry[], ...indexes: readonly IndexFacts[]): CollectionFacts {
  return collectionFacts("shop.readings", {
    options: exact(["timeseries", new Map(fields)]),
    indexes,
  });
}

const READINGS = [
  ["timeField", "at"],
  ["metaField", "sensor"],
] as const;

function different(source: CollectionFacts, target: CollectionFacts): readonly string[] {
  const paired = pairIndexes(source, target)
    .filter(({ desired, existing, differences }) => !desired || !existing || differences.length > 0)
    .map(({ name }) => name);
  expect(compareDefinitions(source, target).indexDifferences).toHaveLength(paired.length);
  return paired;
}

describe("the index that servers from 6.3 on give a time-series collection", () => {
  const automatic = indexFacts("sensor_1_at_1", BY_SENSOR);

  it("is no difference where the source's server does not give one", () => {
    expect(different(timeSeries(READINGS), timeSeries(READINGS, automatic))).toEqual([]);
    expect(different(timeSeries(READINGS, automatic), timeSeries(READINGS, automatic))).toEqual([]);
  });

  it("is missing where the source has it and the destination does not", () => {
    expect(different(timeSeries(READINGS, automatic), timeSeries(READINGS))).toEqual([
      automatic.name,
    ]);
  });

  it.each([
    ["another order", indexFacts("x", [...BY_SENSOR].toReversed()), READINGS],
    ["descending", indexFacts("x", [BY_SENSOR[0], ["at", -1]]), READINGS],
    ["one more field", indexFacts("x", [...BY_SENSOR, ["b", 1]]), READINGS],
    ["an option", indexFacts("x", BY_SENSOR, ["hidden", true]), READINGS],
    [
      "a collation of its own",
      indexFacts("x", BY_SENSOR, ["collation", new Map([["locale", "de"]])]),
      READINGS,
    ],
    ["no metaField", indexFacts("x", [["at", 1]]), [READINGS[0]]],
  ])("is not any other: %s", (_title, index, fields) => {
    expect(different(timeSeries(fields), timeSeries(fields, index))).toEqual(["x"]);
  });

  it("is only that of a time-series collection", () => {
    const plain = collectionFacts("shop.readings", { indexes: [] });
    const indexed = collectionFacts("shop.readings", { indexes: [automatic] });
    expect(different(plain, indexed)).toEqual([automatic.name]);
  });
});

it("a clustered index is an option of its collection, whatever its name", () => {
  const named = indexFacts("mine", [["_id", 1]], ["clustered", true], ["unique", true]);
  const clustered = collectionFacts("shop.orders", { indexes: [named] });
  const empty = collectionFacts("shop.orders", { indexes: [] });
  expect(pairIndexes(clustered, null)).toEqual([]);
  expect(different(clustered, empty)).toEqual([]);
  expect(different(empty, clustered)).toEqual([]);
});
