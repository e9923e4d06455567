/** Figures to print, from what was measured. Pure. */
import type { CopyResults, Measurement, MethodName, Settings } from "./results.ts";

export interface MethodSummary {
  readonly shape: string;
  readonly method: MethodName;
  readonly settings: Settings;
  readonly documentsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
}

/** Speed of one method as a multiple of another's, compared within each round. */
export interface RatioSummary {
  readonly shape: string;
  readonly method: MethodName;
  readonly to: MethodName;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** What the product must reach; null where nothing was promised. */
  readonly goal: number | null;
}

const RATIOS: readonly (readonly [MethodName, MethodName])[] = [
  ["ours", "find-insert-many"],
  ["ours", "dump-restore"],
  ["ours", "floor"],
  ["find-insert-many", "floor"],
];

const GOALS: ReadonlyMap<string, number> = new Map([
  ["1kb ours find-insert-many", 2.2],
  ["1kb ours floor", 0.75],
  ["260b ours floor", 0.85],
]);

/** Most memory ours may take, whatever the collection's size. */
export const PEAK_GOAL_BYTES = 400e6;

export function summarizeMethods({ shapes, measurements }: CopyResults): readonly MethodSummary[] {
  return shapes.flatMap(({ name: shape, documentCount, dataBytes }) => {
    const ofShape = measurements.filter((measurement) => measurement.shape === shape);
    return methodsIn(ofShape).map((method) => {
      const runs = ofShape.filter((measurement) => measurement.method === method);
      const seconds = median(runs.map((run) => run.seconds));
      return {
        shape,
        method,
        settings: runs[0]?.settings ?? {},
        documentsPerSecond: documentCount / seconds,
        bytesPerSecond: dataBytes / seconds,
        cpuSeconds: medianOfKnown(runs.map((run) => run.cpuSeconds)),
        peakBytes: medianOfKnown(runs.map((run) => run.peakBytes)),
      };
    });
  });
}

export function summarizeRatios({ shapes, measurements }: CopyResults): readonly RatioSummary[] {
  return shapes.flatMap(({ name: shape }) =>
    RATIOS.flatMap(([method, to]) => {
      const ratios = measurements
        .filter((one) => one.shape === shape && one.method === method)
        .flatMap((one) => {
          const other = measurements.find(
            (item) => item.shape === shape && item.method === to && item.round === one.round,
          );
          return other === undefined ? [] : [other.seconds / one.seconds];
        });
      if (ratios.length === 0) return [];
      const goal = GOALS.get(`${shape} ${method} ${to}`) ?? null;
      const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
      return [{ shape, method, to, median: median(ratios), least, most, goal }];
    }),
  );
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

/** The floor first, as all others stand on it. */
function methodsIn(measurements: readonly Measurement[]): readonly MethodName[] {
  const order: readonly MethodName[] = ["floor", "ours", "find-insert-many", "dump-restore"];
  return order.filter((method) => measurements.some((one) => one.method === method));
}
