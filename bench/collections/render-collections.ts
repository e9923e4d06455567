import type { CollectionsResult } from "./measure-collections.ts";

const MIB = 1024 * 1024;

/** A markdown table; what a collection costs, beside what it costs in the smallest run. */
export function renderCollections(results: readonly CollectionsResult[]): string {
  const [first] = results;
  const rows = results.flatMap(({ collectionCount, steps }) =>
    steps.map(({ name, durationMs, peakBytes }) => {
      const each = durationMs / collectionCount;
      const base = first?.steps.find((step) => step.name === name)?.durationMs ?? durationMs;
      const ratio = each / (base / (first?.collectionCount ?? collectionCount));
      const cells = [
        collectionCount.toLocaleString("en-US"),
        name,
        (durationMs / 1000).toFixed(1),
        each.toFixed(1),
        ratio.toFixed(2),
        (peakBytes / MIB).toFixed(0),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  );
  return [
    "| collections | step | s | ms per collection | against the smallest | peak MiB |",
    "|--:|---|--:|--:|--:|--:|",
    ...rows,
    "",
  ].join("\n");
}
