import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyWindow } from "../../src/apply/apply-window.ts";
import { Window } from "../../src/feed/window.ts";
import { type Contents, historyOf, KEYS, modelTools, type Step } from "./window-model.ts";

const END = { seconds: 1, increment: 1 };

const step: fc.Arbitrary<Step> = fc.record({
  row: fc.nat(KEYS.length - 1),
  form: fc.nat(2),
  operation: fc.constantFrom<Step["operation"]>("write", "write", "rewrite", "delete"),
  value: fc.nat(1_000),
  isLean: fc.boolean(),
});

/** How far each window goes, how far the source is by then, and after how many writes the process ends (if it does). */
const plan = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 8 }),
    ahead: fc.nat(6),
    writesBeforeCrash: fc.option(fc.nat(6)),
  }),
  { minLength: 1, maxLength: 12 },
);

class Crash extends Error {}

function bytesOf(contents: Contents): readonly string[] {
  return [...contents]
    .toSorted(([a], [b]) => a - b)
    .map(([, document]) => Buffer.from(document).toString("latin1"));
}

function isOdd(document: Uint8Array): boolean {
  return (BSON.deserialize(document).value as number) % 2 === 1;
}

describe("applyWindow", () => {
  it.each([
    ["all documents", null, false],
    ["the documents of a filter", isOdd, false],
    ["all documents, in order", null, true],
    ["the documents of a filter, in order", isOdd, true],
  ])(
    "I3 I4 ends as the source with any changes, cut anywhere, crashed anywhere: %s",
    async (_, isWanted, isOrdered) => {
      const property = fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        plan,
        fc.integer(),
        async (steps, cuts, shuffle) => {
          const { changes, states } = historyOf(steps);
          const destination: Contents = new Map();
          let checkpoint = 0;
          for (let round = 0; checkpoint < changes.length; round++) {
            // After the plan's last round, the rest at once.
            const cut = cuts[round] ?? {
              length: changes.length,
              ahead: 0,
              writesBeforeCrash: null,
            };
            const end = Math.min(checkpoint + cut.length, changes.length);
            const now = Math.min(end + cut.ahead, changes.length);
            const window = new Window(() => ({ isCollated: true, isFiltered: isWanted !== null }));
            for (const change of changes.slice(checkpoint, end)) window.add(change);
            let left = cut.writesBeforeCrash ?? Number.POSITIVE_INFINITY;
            const tools = modelTools({
              source: () => states[now] ?? new Map(),
              destination,
              isWanted,
              isOrdered,
              crash: () => {
                left--;
                if (left < 0) throw new Crash();
              },
            });
            const collections = window.collections().map((each) => ({
              ...each,
              changes: isOrdered ? each.changes : shuffled(each.changes, shuffle + round),
            }));
            try {
              await applyWindow(collections, END, tools);
              checkpoint = end;
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
            }
          }
          const last = states.at(-1) ?? new Map();
          const expected = new Map(
            [...last].filter(([, document]) => isWanted === null || isWanted(document)),
          );
          expect(bytesOf(destination)).toEqual(bytesOf(expected));
        },
      );
      await fc.assert(property, { numRuns: 1_000 });
    },
    60_000,
  );
});

/** Any order that follows from the number. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  return items
    .map((item, at) => ({ item, rank: Math.imul(at + 1, seed | 1) ^ (seed >>> 3) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
