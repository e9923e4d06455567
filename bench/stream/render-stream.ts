import type { LagResult } from "./measure-lag.ts";
import type { Applied, StreamRound } from "./measure-stream.ts";

const MIB = 1024 * 1024;

/** A markdown table: one row for each round. */
export function renderRounds(rounds: readonly StreamRound[]): string {
  const rows = rounds.map(({ shape, operations, ours, yardstick }) => {
    const cells = [
      shape,
      operations.toLocaleString("en-US"),
      ...cellsOf(operations, ours),
      ...(yardstick === null ? ["", "", ""] : cellsOf(operations, yardstick)),
      yardstick === null ? "" : (yardstick.seconds / ours.seconds).toFixed(2),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| backlog | operations | ours, per s | CPU s | peak MiB | yardstick, per s | CPU s | peak MiB | ours / yardstick |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ...rows,
    "",
  ].join("\n");
}

export function renderLag(result: LagResult): string {
  const { writesPerSecond, medianMs, p99Ms, mostMs, cpuShare } = result;
  const cpu = cpuShare === null ? "" : `, ${(cpuShare * 100).toFixed(0)} % of a core`;
  return `${Math.round(writesPerSecond).toLocaleString("en-US")} writes/s: behind by ${medianMs.toFixed(0)} ms (median), ${p99Ms.toFixed(0)} ms (99 %), ${mostMs.toFixed(0)} ms (most)${cpu}\n`;
}

function cellsOf(operations: number, { seconds, cpuSeconds, peakBytes }: Applied): string[] {
  return [
    Math.round(operations / seconds).toLocaleString("en-US"),
    cpuSeconds === null ? "" : cpuSeconds.toFixed(1),
    peakBytes === null ? "" : (peakBytes / MIB).toFixed(0),
  ];
}
