import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutProgress } from "../../src/commands/progress-layout.ts";
import type { CollectionProgress } from "../../src/model/run.ts";
import { advanceProgress, type ProgressModel } from "../../src/report/progress-model.ts";
import { displayWidth } from "../../src/report/terminal-text.ts";
import { copied, progressOf } from "../report/sample-progress.ts";

function modelOf(progress: readonly CollectionProgress[], copiedBefore = 0): ProgressModel {
  const before = progress.map((item) => ({
    ...item,
    copiedDocuments: copiedBefore,
    copiedBytes: copiedBefore,
  }));
  return advanceProgress(advanceProgress(null, before, 0), progress, 1000);
}

const MODEL = modelOf([
  copied("orders", 50),
  copied("users", 25),
  progressOf("z", { state: "done" }),
]);

describe("layoutProgress", () => {
  it("shows everything where there is room", () => {
    expect(layoutProgress(MODEL, 100, 10)).toEqual([
      "store.orders                   ████████░░░░░░░░   50 %      500 docs/s    0.5 MB/s     1 s left",
      "store.users                    ████░░░░░░░░░░░░   25 %      250 docs/s    0.3 MB/s     3 s left",
      "total 1/3                      █████████░░░░░░░   58 %      750 docs/s    0.8 MB/s     2 s left",
    ]);
  });

  it("has all columns at 80", () => {
    expect(layoutProgress(MODEL, 80, 10)[0]).toBe(
      "store.orders       ████░░░░   50 %      500 docs/s    0.5 MB/s     1 s left",
    );
  });

  it("gives up bar and rates where it is narrow, and says how many are not shown", () => {
    expect(layoutProgress(MODEL, 46, 1)).toEqual([
      "store.orders            50 %     1 s left",
      "total 1/3, 1 more       58 %     2 s left",
    ]);
    expect(layoutProgress(MODEL, 38, 0)).toEqual(["total 1/3 +2    58 %     2 s left"]);
  });

  it("shows what is not known as a dash, and building of indexes in words", () => {
    const first = advanceProgress(null, [copied("a", 100, { state: "indexing" })], 0);
    const [line = "", total = ""] = layoutProgress(first, 120, 5);
    expect(line).toMatch(/ 100 % +– +– +indexing$/);
    expect(total).toMatch(/ 99 % +– +– +–$/);
  });

  it.each([
    [0, "indexing 0 %"],
    [0.439, "indexing 43 %"],
    [1, "indexing 99 %"],
  ])("shows a build at %d as %s", (indexShare, text) => {
    const model = advanceProgress(null, [copied("a", 100, { state: "indexing", indexShare })], 0);
    const [line = ""] = layoutProgress(model, 80, 5);
    expect(line.endsWith(`  ${text}`)).toBe(true);
    expect(line.length).toBe(75);
  });

  it("rounds the time left", () => {
    const slow = modelOf([copied("a", 1)], 9_000);
    expect(layoutProgress(slow, 80, 0)[0]).toMatch(/ 17 min left$/);
  });

  it("shows nothing hostile and never exceeds the terminal", () => {
    const names = fc.string({ unit: fc.constantFrom("a", "文", "\u001b", "\u202e", "😀") });
    fc.assert(
      fc.property(
        fc.array(names, { maxLength: 5 }),
        fc.integer({ min: 1, max: 200 }),
        (list, columns) => {
          const progress = list.map((name, i) =>
            progressOf(`${i}${name}`, { copiedBytes: i * 1e12 }),
          );
          for (const line of layoutProgress(modelOf(progress), columns, 3)) {
            expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(0, columns - 5));
            expect(line).not.toMatch(/\p{C}/u);
          }
        },
      ),
    );
  });
});
