import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CollectionProgress } from "../../src/model/run.ts";
import {
  advanceProgress,
  percentOf,
  type ProgressModel,
  totalPercentOf,
} from "../../src/report/progress-model.ts";
import { copied, progressOf } from "./sample-progress.ts";

/** One sample a second, from a second 0 on. */
function run(samples: readonly (readonly CollectionProgress[])[]): ProgressModel {
  let model: ProgressModel | null = null;
  for (const [second, sample] of samples.entries()) {
    model = advanceProgress(model, sample, second * 1000);
  }
  if (model === null) throw new Error("no samples");
  return model;
}

describe("percentOf", () => {
  it.each<[number, Partial<CollectionProgress>]>([
    [0, {}],
    [50, { copiedBytes: 500_000 }],
    [99, { copiedBytes: 1_000_000 }],
    [99, { copiedBytes: 5_000_000 }],
    [0, { copiedBytes: -5 }],
    [25, { dataBytes: 0, copiedDocuments: 250 }],
    [0, { dataBytes: 0, documentCount: 0 }],
    [0, { dataBytes: 0, documentCount: 0, copiedDocuments: 10 }],
    [0, { dataBytes: Number.NaN, documentCount: Number.NaN }],
    [100, { state: "indexing", copiedBytes: 3 }],
    [100, { state: "done", dataBytes: 0, documentCount: 0 }],
    [0, { state: "pending" }],
  ])("is %d for %o", (percent, changes) => {
    expect(percentOf(progressOf("a", changes))).toBe(percent);
  });
});

describe("totalPercentOf", () => {
  it("weighs by size", () => {
    const big = progressOf("big", { dataBytes: 9_000_000 });
    const small = progressOf("small", { state: "done" });
    expect(totalPercentOf([big, small])).toBeCloseTo(10);
  });

  it("counts collections where no size is known", () => {
    const unknown = { dataBytes: 0, documentCount: 0 };
    const done = progressOf("b", { ...unknown, state: "done" });
    expect(totalPercentOf([progressOf("a", unknown), done])).toBe(50);
  });

  it("is 100 only when all are done", () => {
    const done = progressOf("a", { state: "done" });
    const empty = progressOf("b", { state: "pending", dataBytes: 0, documentCount: 0 });
    expect(totalPercentOf([done, progressOf("b", { state: "indexing" })])).toBe(99);
    expect(totalPercentOf([done, empty])).toBe(99);
    expect(totalPercentOf([done, done])).toBe(100);
    expect(totalPercentOf([])).toBe(100);
  });
});

describe("advanceProgress", () => {
  it("knows no rate from one sample, and does not take earlier work for speed", () => {
    const first = run([[copied("a", 60)]]);
    expect(first.total).toMatchObject({
      percent: 60,
      documentsPerSecond: null,
      bytesPerSecond: null,
      etaSeconds: null,
    });
    const second = run([[copied("a", 60)], [copied("a", 61)]]);
    expect(second.total.bytesPerSecond).toBeCloseTo(10_000);
  });

  it("gives rates and time left, for the total and for each active collection", () => {
    const pending = progressOf("c", { state: "pending" });
    const model = run([0, 10, 20].map((p) => [copied("a", p), copied("b", p / 2), pending]));
    expect(model.total).toMatchObject({ collectionCount: 3, doneCount: 0, copiedBytes: 300_000 });
    expect(model.total.percent).toBeCloseTo(10);
    expect(model.total.bytesPerSecond).toBeCloseTo(150_000);
    expect(model.total.documentsPerSecond).toBeCloseTo(150);
    expect(model.total.etaSeconds).toBeCloseTo(2_700_000 / 150_000);
    expect(model.active.map(({ target }) => target.coll)).toEqual(["a", "b"]);
    expect(model.active[0]?.etaSeconds).toBeCloseTo(8);
    expect(model.active[1]?.bytesPerSecond).toBeCloseTo(50_000);
  });

  it("follows a change of speed within about ten seconds", () => {
    const steps = [...Array.from({ length: 20 }, () => 1), ...Array.from({ length: 20 }, () => 2)];
    let percent = 0;
    const samples = [0, ...steps].map((step) => [copied("a", (percent += step))]);
    const rateAt = (second: number): number =>
      run(samples.slice(0, second + 1)).total.bytesPerSecond ?? 0;
    expect(rateAt(20)).toBeCloseTo(10_000);
    expect(rateAt(22)).toBeLessThan(13_000);
    expect(rateAt(40)).toBeGreaterThan(17_000);
  });

  it("reads a count that falls as a standstill, without a time left", () => {
    const model = run([[copied("a", 50)], [copied("a", 40)]]);
    expect(model.total).toMatchObject({ bytesPerSecond: 0, etaSeconds: null });
  });

  it("ignores samples at the same time, or from a clock that went back", () => {
    const first = advanceProgress(null, [copied("a", 0)], 5000);
    const second = advanceProgress(first, [copied("a", 10)], 6000);
    const same = advanceProgress(second, [copied("a", 20)], 6000);
    expect(same.total.bytesPerSecond).toBeCloseTo(100_000);
    const back = advanceProgress(same, [copied("a", 20)], 1000);
    const later = advanceProgress(back, [copied("a", 20)], 7000);
    expect(later.total.percent).toBe(20);
    expect(later.total.bytesPerSecond).toBeCloseTo(100_000);
  });

  it("says nothing about time while only indexes are left, and 0 at the end", () => {
    const indexing = run([[copied("a", 90)], [copied("a", 100, { state: "indexing" })]]);
    expect(indexing.total).toMatchObject({ percent: 99, etaSeconds: null });
    expect(indexing.active).toMatchObject([{ state: "indexing", percent: 100, etaSeconds: null }]);
    const done = run([[copied("a", 90)], [copied("a", 100, { state: "done" })]]);
    expect(done.total).toMatchObject({ percent: 100, etaSeconds: 0, doneCount: 1 });
    expect(done.active).toEqual([]);
  });

  it("copes with an empty selection", () => {
    expect(run([[], []]).total).toMatchObject({ percent: 100, collectionCount: 0, etaSeconds: 0 });
  });

  it("keeps all figures within bounds, whatever the samples", () => {
    const sample = fc.array(
      fc.record({
        state: fc.constantFrom<CollectionProgress["state"][]>(
          "pending",
          "copying",
          "indexing",
          "done",
        ),
        documentCount: fc.nat(100),
        dataBytes: fc.nat(100),
        copiedDocuments: fc.nat(200),
        copiedBytes: fc.nat(200),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 6 }), (samples) => {
        const model = run(
          samples.map((items) => items.map((item, i) => progressOf(`c${i}`, item))),
        );
        for (const figures of [model.total, ...model.active]) {
          expect(figures.percent).toBeGreaterThanOrEqual(0);
          expect(figures.percent).toBeLessThanOrEqual(100);
          expect(figures.bytesPerSecond ?? 0).toBeGreaterThanOrEqual(0);
          expect(figures.documentsPerSecond ?? 0).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(figures.etaSeconds ?? 0)).toBe(true);
        }
      }),
    );
  });

  it("takes 50,000 collections, which a quadratic step would not end with", () => {
    const sample = Array.from({ length: 50_000 }, (_, i) => copied(`c${i}`, 50));
    const first = advanceProgress(null, sample, 0);
    const second = advanceProgress(first, sample, 1000);
    expect(second.active).toHaveLength(50_000);
  });
});
