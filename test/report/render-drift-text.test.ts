import { describe, expect, it } from "vitest";
import type { Drift, DriftItem } from "../../src/model/drift.ts";
import { driftToJson } from "../../src/report/drift-json.ts";
import { renderDriftText } from "../../src/report/render-drift-text.ts";
import { exact, namespace } from "./sample-plan.ts";

function item(changes: Partial<DriftItem>): DriftItem {
  return {
    drift: "changed",
    kind: "collection",
    source: namespace("shop.orders"),
    target: namespace("store.orders"),
    differences: [],
    indexes: [],
    counts: null,
    ...changes,
  };
}

function driftOf(...items: readonly DriftItem[]): Drift {
  return {
    migration: "shop",
    source: { connection: "old", version: "5.0.4" },
    destination: { connection: "new", version: "6.0.5" },
    completedAt: new Date("2026-03-01T10:00:00Z"),
    comparedCount: 3,
    uncountedCount: 0,
    items,
  };
}

const SPEC = exact(["key", new Map([["at", 1]])]);
const CHANGED = item({
  counts: { source: 12, destination: 10 },
  differences: [{ name: "capped", destination: "true", desired: null }],
  indexes: [
    { change: "unchanged", name: "same_1", spec: SPEC, differences: [] },
    {
      change: "unchanged",
      name: "at_1",
      spec: SPEC,
      differences: [{ name: "expireAfterSeconds", destination: "3600", desired: "60" }],
    },
    { change: "skip", name: "b_1", spec: SPEC, differences: [] },
  ],
});

describe("renderDriftText", () => {
  it("says that there is none", () => {
    expect(renderDriftText(driftOf(), { useColor: false })).toBe(`shop: no drift
old 5.0.4 → new 6.0.5 · completed 2026-03-01 10:00:00 UTC

3 objects compared by options, indexes and counts, not by contents
`);
  });

  it("shows the destination's value, then the desired one, and marks counts as such", () => {
    const drift = driftOf(
      item({ drift: "extra", source: null, target: namespace("store.extra") }),
      CHANGED,
      item({ drift: "gone", kind: "view", target: namespace("store.v") }),
    );
    expect(renderDriftText({ ...drift, uncountedCount: 1 }, { useColor: false }))
      .toBe(`shop: drift, 3 objects
old 5.0.4 → new 6.0.5 · completed 2026-03-01 10:00:00 UTC

  ~ store.extra  at the destination only
  ~ store.orders  from shop.orders
      documents: 10 → 12 (the servers' own counts)
      capped: true → not set
      = index at_1 {"at":1}
          expireAfterSeconds: 3600 → 60
      ? index b_1 {"at":1}  not at the destination
  ~ view store.v  from shop.orders  gone from the source

3 objects compared by options, indexes and counts, not by contents; counts of 1 filtered collection were not compared
`);
  });

  it("lets no name control the terminal", () => {
    const hostile = "a\u001b[2J\n\u202eb";
    const drift = driftOf(
      item({
        target: { db: hostile, coll: hostile },
        differences: [{ name: hostile, destination: hostile, desired: hostile }],
      }),
    );
    expect(renderDriftText(drift, { useColor: false }).replaceAll("\n", "")).not.toMatch(/\p{C}/u);
  });
});

describe("driftToJson", () => {
  it("holds the same, with the indexes that differ", () => {
    expect(driftToJson(driftOf(CHANGED))).toMatchObject({
      hasDrifted: true,
      completedAt: "2026-03-01T10:00:00.000Z",
      items: [
        {
          drift: "changed",
          source: "shop.orders",
          target: "store.orders",
          counts: { source: 12, destination: 10 },
          indexes: [{ name: "at_1" }, { name: "b_1", change: "skip" }],
        },
      ],
    });
    expect(driftToJson(driftOf())).toMatchObject({ hasDrifted: false, items: [] });
  });
});
