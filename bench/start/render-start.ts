import type { Machine } from "../copy/machine.ts";
import { median } from "../copy/summarize.ts";
import { STARTED, type Started, type StartResults, type StartRound } from "./measure-start.ts";

const NAMES: Readonly<Record<Started, string>> = {
  node: "`node -e 0`",
  driver: "`node -e 'require(\"mongodb\")'`",
  version: "`mongoferry --version`",
  validate: "`mongoferry validate`",
  plan: "`mongoferry plan`",
};

/** What a start may cost: seconds of CPU time, and how often the CPU time of Node alone. */
const GOALS: Partial<Record<Started, { readonly cpuSeconds: number; readonly ratio?: number }>> = {
  version: { cpuSeconds: 0.35, ratio: 4 },
  validate: { cpuSeconds: 0.6 },
  plan: { cpuSeconds: 1 },
};

/** Markdown: where it was measured, and one row for each command, by medians. */
export function renderStart({ version, rounds }: StartResults, machine: Machine): string {
  return [
    [
      `${machine.cores} cores (${machine.cpuModel}), shared by servers and client`,
      `${Math.round(machine.memoryBytes / 2 ** 30)} GiB of memory`,
      machine.platform,
      `Node ${machine.node}`,
      `mongod ${version}`,
      `medians of ${rounds.length} rounds`,
    ].join("; "),
    "",
    "| command | CPU s | wall s | CPU / Node alone | min–max within a round | goal |",
    "|---|--:|--:|--:|--:|---|",
    ...STARTED.map((name) => rowOf(name, rounds)),
    "",
  ].join("\n");
}

function rowOf(name: Started, rounds: readonly StartRound[]): string {
  const cpuSeconds = median(rounds.map((round) => round[name].cpuSeconds));
  const seconds = median(rounds.map((round) => round[name].seconds));
  const ratios = rounds.map((round) => round[name].cpuSeconds / round.node.cpuSeconds);
  const range = `${Math.min(...ratios).toFixed(1)}–${Math.max(...ratios).toFixed(1)}`;
  const cells = [
    NAMES[name],
    cpuSeconds.toFixed(3),
    seconds.toFixed(3),
    median(ratios).toFixed(1),
    name === "node" ? "" : range,
    describeGoal(name, cpuSeconds, median(ratios)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function describeGoal(name: Started, cpuSeconds: number, ratio: number): string {
  const goal = GOALS[name];
  if (goal === undefined) return "";
  const isMet = cpuSeconds <= goal.cpuSeconds && ratio <= (goal.ratio ?? Infinity);
  const limits = [
    `≤ ${goal.cpuSeconds} s of CPU`,
    ...(goal.ratio === undefined ? [] : [`≤ ${goal.ratio} × Node`]),
  ];
  return `${limits.join(", ")}: ${isMet ? "met" : "MISSED"}`;
}
