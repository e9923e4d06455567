import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CollectionSelection, ObjectSelection } from "../../src/model/migration.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import { reverseObjects } from "../../src/model/reverse-objects.ts";
import { selectObjects } from "../../src/model/select-objects.ts";
import { collectionFacts, factsOf, sampleMigration } from "../support/sample-facts.ts";

const NAMES = ["a", "b", "c", "d"];

function selection(
  database: string,
  as: string | null,
  collections: readonly CollectionSelection[] | null,
  exclude: readonly string[] = [],
): ObjectSelection {
  return { database, as, collections, functions: true, exclude };
}

function entry(name: string, as: string | null, filter: string | null = null): CollectionSelection {
  return { name, as, onExisting: "refuse", filter };
}

/** Target by source, for all that there is. */
function mapping(
  objects: readonly ObjectSelection[],
  names: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const facts = factsOf(names.map((name) => collectionFacts(name)));
  const selected = selectObjects(sampleMigration(objects), facts).objects;
  const found = new Map<string, string[]>();
  for (const { source, target } of selected) {
    const name = formatNamespace(source.namespace);
    found.set(name, [...(found.get(name) ?? []), formatNamespace(target)]);
  }
  return found;
}

const entries = fc.option(
  fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES, "*"),
      as: fc.option(fc.constantFrom(...NAMES, "x", "y*")),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  ),
);
const someObjects = fc.uniqueArray(
  fc.record({
    database: fc.constantFrom("p", "q", "r"),
    as: fc.option(fc.constantFrom("p", "q", "z")),
    collections: entries,
    exclude: fc.subarray(["a", "x", "c*"]),
  }),
  { selector: ({ database }) => database, minLength: 1, maxLength: 3 },
);

describe("reverseObjects", () => {
  it("leads back to where everything came from, or says why it cannot", () => {
    const all = ["p", "q", "r"].flatMap((db) => NAMES.map((coll) => `${db}.${coll}`));
    fc.assert(
      fc.property(someObjects, (some) => {
        const objects = some.map(({ database, as, collections, exclude }) =>
          selection(
            database,
            as,
            collections?.map(({ name, as: to }) => entry(name, name === "*" ? null : to)) ?? null,
            exclude,
          ),
        );
        const reversed = reverseObjects(objects, null);
        if ("problem" in reversed) return;
        const there = mapping(objects, all);
        const targets = [...there.values()].flat();
        // Several of one name are refused by the precheck before anything is moved.
        fc.pre(new Set(targets).size === targets.length);
        const back = mapping(reversed.objects, targets);
        for (const [source, [target = ""]] of there) expect(back.get(target)).toEqual([source]);
      }),
    );
  });

  it.each([
    [[selection("p", null, [entry("a", null, "{}")])], "p.a has a filter"],
    [[selection("p", "z", null), selection("q", "z", null)], "several databases become z"],
    [[selection("p", null, [entry("a", "tmp_a")], ["tmp_*"])], "which an exclude leaves out"],
    [[selection("p", null, [entry("a", "x"), entry("a", "y")])], "p.a goes to several names"],
    [[selection("p", null, [entry("a", "b"), entry("b", null)])], "several entries for b"],
  ])("refuses what has no way back: %#", (objects, reason) => {
    expect(reverseObjects(objects, null)).toEqual({ problem: expect.stringContaining(reason) });
  });

  it("leaves a database out, and functions", () => {
    const reversed = reverseObjects([selection("*", null, null)], "meta*");
    if ("problem" in reversed) throw new Error(reversed.problem);
    expect(reversed.objects).toEqual([
      { ...selection("*", null, null), functions: false },
      { ...selection(String.raw`meta\*`, null, []), functions: false },
    ]);
  });
});
