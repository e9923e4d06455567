import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { renderPlanText } from "../../src/report/render-plan-text.ts";
import { emptyPlan, exact, objectChange, SAMPLE_DIGEST, samplePlan } from "./sample-plan.ts";

const EXPECTED = `shop-to-apsaradb: 3 to copy, 2 views, 2 replaced
atlas-prod 7.0.14 → apsaradb-prod 7.0.12 · plan 9f3c21d0

Warnings
  ! Overwrites store.orders_v2 at the destination (99 documents)

Destroyed at the destination
  - store.orders_v2  99 documents  2.0 MiB  2 indexes  4.0 KiB
  - view store.recent

Objects
  + database shop
  + shop.log  1 document  512 B  (capped, size)
  + store.customers  from shop.customers  1,204 documents  41 MiB
      + index email_1 {"email":1} unique
  + view store.open  from shop.open
  ± store.orders_v2  from shop.orders  1,204 documents  41 MiB
      validationLevel: "off" → not set
      ± index at_1 {"at":1} expires after 60 s
          expireAfterSeconds: 3600 → 60
      - index by_1 {"by":1}
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
    const plan = emptyPlan({
      objects: samplePlan().objects.filter(({ change }) => change === "unchanged"),
    });
    expect(renderPlanText(plan, { useColor: false })).toBe(`shop-to-apsaradb: nothing to do
atlas-prod 7.0.14 → apsaradb-prod 7.0.12 · plan 9f3c21d0

Copied before, not compared again (1)
  = store.old  from shop.old

Plan: nothing to do, 1 object copied before
Digest: ${SAMPLE_DIGEST}
`);
  });

  it("names what is refused and what is kept, with what stands there and what differs", () => {
    const existing = {
      kind: "collection",
      documentCount: 12,
      dataBytes: 1024,
      indexCount: 3,
      indexBytes: 2048,
    } as const;
    const spec = exact(["key", new Map([["a", 1]])]);
    const indexes = [
      { change: "keep", name: "equal_1", spec, differences: [] },
      { change: "extra", name: "extra_1", spec, differences: [] },
      { change: "skip", name: "missing_1", spec, differences: [] },
    ] as const;
    const objects = [
      objectChange("shop.a", "shop.a", { change: "refuse", existing, indexes }),
      objectChange("shop.b", "shop.c", { change: "keep", existing, indexes }),
    ];
    const text = renderPlanText(samplePlan({ objects }), { useColor: false });
    expect(text).toContain("shop-to-apsaradb: refused: 1 object\n");
    expect(text).toContain(`
Refused, for reasons that the precheck gives
  ✗ shop.a  12 documents  1.0 KiB  3 indexes  2.0 KiB
      ? index extra_1 {"a":1}  at the destination only
      ? index missing_1 {"a":1}  not at the destination

Kept at the destination as it is, nothing is copied
  = shop.c  from shop.b  12 documents  1.0 KiB  3 indexes  2.0 KiB
      = index equal_1 {"a":1}
      ? index extra_1 {"a":1}  at the destination only
      ? index missing_1 {"a":1}  not at the destination
`);
    expect(text).toContain(", 1 kept, 1 refused, ≈ 82 MiB");
  });

  it("says how many functions there are, and how an object copied before differs by now", () => {
    const objects = [
      objectChange("shop.system.js", "shop.system.js", { kind: "functions", documentCount: 3 }),
      objectChange("shop.v", "shop.v", {
        kind: "view",
        change: "unchanged",
        differences: [{ name: "viewOn", destination: '"a"', desired: '"b"' }],
      }),
    ];
    const text = renderPlanText(emptyPlan({ objects }), { useColor: false });
    expect(text).toContain("  + functions shop.system.js  3 functions\n");
    expect(text).toContain('  = view shop.v\n      viewOn: "a" → "b"\n');
  });

  it("cuts a value that would fill the screen", () => {
    const differences = [{ name: "validator", destination: "x".repeat(500), desired: null }];
    const objects = [objectChange("a.b", "a.b", { change: "unchanged", differences })];
    expect(renderPlanText(emptyPlan({ objects }), { useColor: false })).toContain(
      `validator: ${"x".repeat(120)}… (380 more characters) → not set`,
    );
  });

  it("wraps warnings to the terminal's width", () => {
    const plan = emptyPlan({ warnings: ["one two three four five six seven"] });
    const text = renderPlanText(plan, { useColor: false, columns: 20 });
    expect(text).toContain("  ! one two three\n    four five six\n    seven\n");
  });

  it("lets no name, warning or index control the terminal", () => {
    const hostile = "a\u001b[2J\n\u202eb";
    const target = `shop.${hostile}`;
    const spec = exact(["key", new Map([[hostile, 1]])]);
    const plan = emptyPlan({
      migration: hostile,
      source: { connection: hostile, version: hostile },
      databases: [{ change: "create", name: hostile }],
      objects: [
        objectChange(target, `${hostile}.${hostile}`, {
          options: exact([hostile, 1]),
          differences: [{ name: hostile, destination: hostile, desired: hostile }],
          indexes: [{ change: "create", name: hostile, spec, differences: [] }],
        }),
        objectChange(target, null, { change: "skip" }),
      ],
      warnings: [hostile],
    });
    const lines = renderPlanText(plan, { useColor: false }).split("\n");
    expect(lines.join("")).not.toMatch(/\p{C}/u);
    expect(lines).toHaveLength(18);
  });

  it("shows 10,000 collections with 20,000 indexes", () => {
    const spec = exact(["key", new Map([["a", 1]])]);
    const indexes = ["a_1", "b_1"].map(
      (name) => ({ change: "create", name, spec, differences: [] }) as const,
    );
    const objects = Array.from({ length: 10_000 }, (_, i) =>
      objectChange(`shop.c${i}`, `shop.c${i}`, { indexes }),
    );
    const text = renderPlanText(emptyPlan({ objects }), { useColor: true });
    expect(text.split("\n")).toHaveLength(30_000 + 8);
  });
});
