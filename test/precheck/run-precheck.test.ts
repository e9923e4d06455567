import { describe, expect, it } from "vitest";
import { isBlocked } from "../../src/model/finding.ts";
import { rules } from "../../src/precheck/rules.ts";
import { selectObjects } from "../../src/model/select-objects.ts";
import { findingsOf, runPrecheck } from "../../src/precheck/run-precheck.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  indexFacts,
  sampleMigration,
  selection,
  unreachable,
  viewFacts,
} from "../support/sample-facts.ts";
import { exact } from "../report/sample-plan.ts";

const migration = sampleMigration([selection("shop")]);
const healthy = factsOf([collectionFacts("shop.orders")]);

describe("runPrecheck", () => {
  it("shows every rule once when all pass, in their order", () => {
    const findings = runPrecheck(migration, healthy);
    expect(findings.map((finding) => finding.rule)).toEqual(rules.map((rule) => rule.id));
    expect(new Set(findings.map((finding) => finding.result))).toEqual(new Set(["passed"]));
    expect(isBlocked(findings)).toBe(false);
  });

  it("shows each objection of a rule, with cause and remedy, instead of its passing", () => {
    const collections = [entry("gone"), entry("lost")];
    const found = runPrecheck(sampleMigration([selection("shop", { collections })]), healthy);
    expect(found.filter((finding) => finding.rule === "selected-objects")).toEqual(
      ["shop.gone", "shop.lost"].map((name) => ({
        rule: "selected-objects",
        result: "failed",
        message: `${name} matches nothing at source`,
        remedy: "Correct the name in spec.objects; names are case-sensitive",
      })),
    );
    expect(isBlocked(found)).toBe(true);
  });

  it("asks nothing of what is kept at the destination: it is not made anew", () => {
    const odd = [
      collectionFacts("shop.capped", { options: exact(["encryptedFields", new Map()]) }),
      collectionFacts("shop.foreign", {
        options: exact(["storageEngine", new Map([["inMemory", new Map()]])]),
      }),
      collectionFacts("shop.indexed", {
        indexes: [...collectionFacts("shop.a").indexes, indexFacts("x_1", [["x", "geoHaystack"]])],
      }),
      viewFacts("shop.view", "orders", [new Map([["$unionWith", new Map([["db", "x"]])]])]),
    ];
    const collections = odd.map(({ namespace }) => entry(namespace.coll, { onExisting: "keep" }));
    const keeping = sampleMigration([selection("shop", { collections })]);
    const missing = runPrecheck(keeping, factsOf(odd));
    expect(missing.filter(({ result }) => result === "failed").length).toBeGreaterThan(1);
    const found = runPrecheck(keeping, factsOf(odd, odd));
    expect(found.filter(({ result }) => result === "failed")).toEqual([]);
    expect(found.filter(({ rule }) => rule === "target-conflicts")).toHaveLength(4);
  });

  it("is not blocked by warnings", () => {
    const facts = factsOf([collectionFacts("shop.a"), collectionFacts("shop.A")]);
    const found = runPrecheck(migration, facts);
    expect(found.map((finding) => finding.result)).toContain("warning");
    expect(isBlocked(found)).toBe(false);
  });

  it("says only what it knows while an end cannot be reached, and blocks", () => {
    for (const end of ["source", "destination"] as const) {
      const found = runPrecheck(migration, { ...healthy, [end]: unreachable("gone") });
      expect(found.map(({ rule, result }) => [rule, result])).toEqual([
        ["mode", "passed"],
        ["connectivity", "failed"],
        ["system-databases", "passed"],
      ]);
      expect(isBlocked(found)).toBe(true);
    }
  });
});

function breaking(): never {
  throw new TypeError("x is undefined");
}

describe("findingsOf", () => {
  const context = { migration, facts: healthy, selected: selectObjects(migration, healthy) };
  const rule = { id: "sample", passed: "all is well", needsServers: false, check: () => [] };

  it.each(["check", "passed"] as const)("fails a rule whose %s breaks, and goes on", (part) => {
    const [finding] = findingsOf({ ...rule, [part]: breaking }, context);
    expect(finding).toMatchObject({
      rule: "sample",
      result: "failed",
      message: "could not be decided: x is undefined",
    });
  });

  it("shows a fact of the servers where a rule has one", () => {
    const passed = ({ facts }: typeof context) => `${facts.sourceCollections.length} collection`;
    expect(findingsOf({ ...rule, passed }, context)).toMatchObject([
      { result: "passed", message: "1 collection", remedy: "" },
    ]);
  });
});

describe("rules", () => {
  it("have ids of their own", () => {
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
  });
});
