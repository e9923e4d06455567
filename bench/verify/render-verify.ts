import type { Measured } from "../copy/results.ts";
import type { VerifyMethod, VerifyRound } from "./measure-verify.ts";

const MB = 1_000_000;
const METHODS: readonly VerifyMethod[] = ["ours", "yardstick", "decoded"];
/** Of ours to each. */
const GOALS: readonly (readonly [VerifyMethod, number])[] = [
  ["yardstick", 0.75],
  ["decoded", 3],
];

/** Markdown: one row for each round and method, and the ratios within the rounds. */
export function renderVerify(rounds: readonly VerifyRound[]): string {
  const rows = rounds.flatMap(({ round, documentCount, measured }) =>
    METHODS.flatMap((method) => {
      const found = measured.get(method);
      return found === undefined ? [] : [rowOf(round, method, documentCount, found)];
    }),
  );
  const ratios = GOALS.flatMap(([method, goal]) => {
    const found = ratiosTo(method, rounds);
    const median = found[Math.floor(found.length / 2)];
    if (median === undefined) return [];
    const range = `${found[0]?.toFixed(2)}–${found.at(-1)?.toFixed(2)}`;
    const verdict = median >= goal ? "met" : "MISSED";
    return [`| ours / ${method} | ${median.toFixed(2)} | ${range} | ≥ ${goal}: ${verdict} |`];
  });
  return [
    "| round | method | documents/s | client CPU s | client peak MB |",
    "|--:|---|--:|--:|--:|",
    ...rows,
    "",
    "| speed | median | min–max within a round | goal |",
    "|---|--:|--:|---|",
    ...ratios,
    "",
  ].join("\n");
}

function rowOf(round: number, method: VerifyMethod, count: number, measured: Measured): string {
  const { seconds, cpuSeconds, peakBytes } = measured;
  const cells = [
    round,
    method,
    Math.round(count / seconds).toLocaleString("en-US"),
    cpuSeconds?.toFixed(2) ?? "",
    peakBytes === null ? "" : (peakBytes / MB).toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Ascending. */
function ratiosTo(method: VerifyMethod, rounds: readonly VerifyRound[]): readonly number[] {
  return rounds
    .flatMap(({ measured }) => {
      const [ours, other] = [measured.get("ours"), measured.get(method)];
      return ours === undefined || other === undefined ? [] : [other.seconds / ours.seconds];
    })
    .toSorted((a, b) => a - b);
}
