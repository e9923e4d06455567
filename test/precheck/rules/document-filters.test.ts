import { describe, expect, it } from "vitest";
import { documentFilters } from "../../../src/precheck/rules/document-filters.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  sampleMigration,
  selection,
  viewFacts,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const filtered = sampleMigration([
  selection("shop", { collections: [entry("*", { filter: '{"a": 1}' })] }),
]);

describe("documentFilters", () => {
  it("passes collections whose filter the source takes", () => {
    expect(checkRule(documentFilters, filtered, factsOf([collectionFacts("shop.orders")]))).toEqual(
      [],
    );
  });

  it("says in the server's words what it refuses", () => {
    const { namespace } = collectionFacts("shop.orders");
    const facts = factsOf([collectionFacts("shop.orders")], [], {
      filterRefusals: [{ source: namespace, reason: "unknown operator: $foo" }],
    });
    expect(checkRule(documentFilters, filtered, facts)).toEqual([
      "failed: source refuses the filter of shop.orders: unknown operator: $foo",
    ]);
  });

  it("refuses time-series collections by name, and warns of views", () => {
    const facts = factsOf([
      collectionFacts("shop.metrics", { kind: "timeseries" }),
      viewFacts("shop.open", "orders"),
    ]);
    expect(checkRule(documentFilters, filtered, facts)).toEqual([
      "failed: shop.metrics is a time-series collection, which is copied by whole buckets and not by documents",
      "warning: shop.open is a view and is created as it is; the filter does not concern it",
    ]);
  });

  it("asks nothing of what is kept", () => {
    const collections = [entry("metrics", { filter: '{"a": 1}', onExisting: "keep" })];
    const metrics = collectionFacts("shop.metrics", { kind: "timeseries" });
    const keep = sampleMigration([selection("shop", { collections })]);
    expect(checkRule(documentFilters, keep, factsOf([metrics], [metrics]))).toEqual([]);
  });
});
