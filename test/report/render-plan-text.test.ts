import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { PlanAction } from "../../src/model/plan.ts";
import { renderPlanText } from "../../src/report/render-plan-text.ts";
import {
  createCollection,
  createIndex,
  emptyPlan,
  exact,
  namespace,
  SAMPLE_DIGEST,
  samplePlan,
} from "./sample-plan.ts";

const EXPECTED = `shop-to-apsaradb: 3 to copy, 2 views, 2 replaced
atlas-prod 7.0.14 → apsaradb-prod 7.0.12 · plan 9f3c21d0

Warnings
  ! Overwrites store.orders_v2 at the destination (99 documents)

Destroyed at the destination
  - store.orders_v2  99 documents  2.0 MiB
  - view store.recent

Objects
  + store.customers  from shop.customers  1,204 documents  41 MiB
      + index email_1 {"email":1} unique
  + shop.log  1 document  512 B  (capped, size)
  ± store.orders_v2  from shop.orders  1,204 documents  41 MiB
      + index at_1 {"at":1} expires after 3600 s
  + view store.open  from shop.open
  ± view store.recent  from shop.recent

Copied before, not compared again (1)
  = store.old  from shop.old

Skipped (1)
    shop.tmp_a

Plan: 2 collections to create, 1 to replace, 2 indexes, 2 views, 1 of them to replace, ≈ 82 MiB, about 2 h
Digest: ${SAMPLE_DIGEST}
`;

describe("renderPlanText", () => {
  it("puts the verdict first, then danger, then the objects with their indexes", () => {
    expect(renderPlanText(samplePlan(), { useColor: false })).toBe(EXPECTED);
  });

  it("says the same in colour", () => {
    const coloured = renderPlanText(samplePlan(), { useColor: true });
    expect(coloured).not.toBe(EXPECTED);
    expect(stripVTControlCharacters(coloured)).toBe(EXPECTED);
  });

  it("says when there is nothing to do", () => {
    const plan = emptyPlan({ unchanged: samplePlan().unchanged });
    expect(renderPlanText(plan, { useColor: false })).toBe(`shop-to-apsaradb: nothing to do
atlas-prod 7.0.14 → apsaradb-prod 7.0.12 · plan 9f3c21d0

Copied before, not compared again (1)
  = store.old  from shop.old

Plan: nothing to do, 1 object copied before
Digest: ${SAMPLE_DIGEST}
`);
  });

  it("names what is refused", () => {
    const refused = [{ source: namespace("shop.a"), target: namespace("shop.a") }];
    const text = renderPlanText(samplePlan({ refused }), { useColor: false });
    expect(text).toContain("shop-to-apsaradb: refused, 1 object in the way at the destination\n");
    expect(text).toContain("\nRefused, in the way at the destination\n  ✗ shop.a\n");
    expect(text).toContain(", 1 refused, ≈ 82 MiB");
  });

  it("wraps warnings to the terminal's width", () => {
    const plan = emptyPlan({ warnings: ["one two three four five six seven"] });
    const text = renderPlanText(plan, { useColor: false, columns: 20 });
    expect(text).toContain("  ! one two three\n    four five six\n    seven\n");
  });

  it("lets no name, warning or index control the terminal", () => {
    const hostile = "a\u001b[2J\n\u202eb";
    const target = `shop.${hostile}`;
    const plan = emptyPlan({
      migration: hostile,
      source: { connection: hostile, version: hostile },
      actions: [
        createCollection(target, `store.${hostile}`, { options: exact([hostile, 1]) }),
        createIndex(target, `store.${hostile}`, hostile, exact(["key", new Map([[hostile, 1]])])),
      ],
      skipped: [namespace(target)],
      warnings: [hostile],
    });
    const lines = renderPlanText(plan, { useColor: false }).split("\n");
    expect(lines.join("")).not.toMatch(/\p{C}/u);
    expect(lines).toHaveLength(16);
  });

  it("shows 10,000 collections with 20,000 indexes in well under a second", () => {
    const actions: PlanAction[] = [];
    for (let i = 0; i < 10_000; i += 1) {
      const name = `shop.c${i}`;
      actions.push(createCollection(name, name));
      for (const index of ["a_1", "b_1"]) {
        actions.push(createIndex(name, name, index, exact(["key", new Map([["a", 1]])])));
      }
    }
    const start = performance.now();
    const text = renderPlanText(emptyPlan({ actions }), { useColor: true });
    expect(performance.now() - start).toBeLessThan(1500);
    expect(text.split("\n")).toHaveLength(30_000 + 8);
  });
});
