import { expect, test } from "vitest";
import type { StartRound } from "../../../bench/start/measure-start.ts";
import { renderStart } from "../../../bench/start/render-start.ts";

const machine = { cores: 2, memoryBytes: 2 ** 33, cpuModel: "", platform: "", node: "" };

/** With the CPU seconds of Node alone and of `--version`. */
function roundOf(node: number, version: number): StartRound {
  const [one, other] = [node, version].map((cpuSeconds) => ({ cpuSeconds, seconds: 1 }));
  const rest = { cpuSeconds: 0.5, seconds: 2 };
  return { node: one ?? rest, version: other ?? rest, driver: rest, validate: rest, plan: rest };
}

function rowOf(name: string, rounds: readonly StartRound[]): string | undefined {
  const lines = renderStart({ version: "6.0.5", rounds }, machine).split("\n");
  return lines.find((line) => line.includes(name));
}

test("figures are medians, and ratios are taken within the rounds", () => {
  const rounds = [roundOf(0.1, 0.3), roundOf(0.05, 0.1), roundOf(0.1, 0.1)];
  expect(rowOf("--version", rounds)).toBe(
    "| `mongoferry --version` | 0.100 | 1.000 | 2.0 | 1.0–3.0 | ≤ 0.35 s of CPU, ≤ 4 × Node: met |",
  );
  expect(rowOf("plan", rounds)).toContain("≤ 1 s of CPU: met");
});

test("a goal is missed by its seconds, and by its ratio", () => {
  expect(rowOf("--version", [roundOf(0.1, 0.36)])).toContain("MISSED");
  expect(rowOf("--version", [roundOf(0.05, 0.21)])).toContain("MISSED");
  expect(rowOf("--version", [roundOf(0.05, 0.2)])).toContain("met");
});
