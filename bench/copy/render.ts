/** Results as tables, for a terminal and for markdown: the same cells, framed differently. Pure. */
import Table from "cli-table3";
import type { CopyResults, MethodName, Settings } from "./results.ts";
import { PEAK_GOAL_BYTES, summarizeMethods, summarizeRatios } from "./summarize.ts";

interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NAMES: Record<MethodName, string> = {
  floor: "floor: memory → destination",
  ours: "ours",
  "find-insert-many": "find → insertMany",
  "dump-restore": "mongodump | mongorestore",
};

const SETTING_NAMES: Readonly<Record<string, string>> = {
  inFlight: "in flight",
  documentsPerBatch: "documents a batch",
};

export function renderText(results: CopyResults): string {
  return joinParts(results, ({ head, rows }) => {
    const table = new Table({ head: [...head], style: { head: [], border: [] } });
    table.push(...rows.map((row) => [...row]));
    return table.toString();
  });
}

export function renderMarkdown(results: CopyResults): string {
  return joinParts(results, ({ head, rows }) =>
    [markdownLine(head), `|${"---|".repeat(head.length)}`, ...rows.map(markdownLine)].join("\n"),
  );
}

function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function joinParts(results: CopyResults, frame: (cells: Cells) => string): string {
  const ratios = ratioCells(results);
  const parts = [
    surroundings(results),
    frame(methodCells(results)),
    ...(ratios.rows.length === 0 ? [] : [frame(ratios)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function surroundings({ date, machine, mongod, rounds, scale }: CopyResults): string {
  return [
    date.slice(0, 10),
    `${machine.cores} cores (${machine.cpuModel}), shared by both servers and the client`,
    `${Math.round(machine.memoryBytes / 2 ** 30)} GiB of memory`,
    machine.platform,
    `Node ${machine.node}`,
    `mongod ${mongod}, 0.25 GB of cache each`,
    `medians of ${rounds} rounds`,
    ...(scale === 1 ? [] : [`${scale} times the usual number of documents`]),
  ].join("; ");
}

function methodCells(results: CopyResults): Cells {
  const shapes = new Map(results.shapes.map((shape) => [shape.name, shape]));
  const rows = summarizeMethods(results).map((summary) => [
    describeShape(shapes.get(summary.shape)),
    NAMES[summary.method] + describeSettings(summary.settings),
    count(summary.documentsPerSecond),
    (summary.bytesPerSecond / 1e6).toFixed(0),
    summary.cpuSeconds?.toFixed(2) ?? "?",
    describePeak(summary.method, summary.peakBytes),
  ]);
  const absent = results.absent.map(({ method, reason }) => [
    "all",
    NAMES[method],
    reason,
    "",
    "",
    "",
  ]);
  return {
    head: ["documents", "method", "documents/s", "MB/s", "client CPU s", "client peak MB"],
    rows: [...rows, ...absent],
  };
}

function ratioCells(results: CopyResults): Cells {
  const rows = summarizeRatios(results).map(({ shape, method, to, median, least, most, goal }) => [
    shape,
    `${NAMES[method]} / ${NAMES[to]}`,
    median.toFixed(2),
    `${least.toFixed(2)}–${most.toFixed(2)}`,
    goal === null ? "" : `≥ ${goal}: ${median >= goal ? "met" : "MISSED"}`,
  ]);
  return { head: ["documents", "speed", "median", "min–max within a round", "goal"], rows };
}

function describeShape(shape: CopyResults["shapes"][number] | undefined): string {
  if (shape === undefined) return "?";
  return `${count(shape.documentCount)} × ${count(shape.dataBytes / shape.documentCount)} B`;
}

function describeSettings(settings: Settings): string {
  const parts = Object.entries(settings).map(
    ([name, value]) => `${count(value)} ${SETTING_NAMES[name] ?? name}`,
  );
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function describePeak(method: MethodName, peakBytes: number | null): string {
  if (peakBytes === null) return "?";
  const megabytes = (peakBytes / 1e6).toFixed(0);
  if (method === "floor") return `${megabytes}, with all documents`;
  return method === "ours" && peakBytes >= PEAK_GOAL_BYTES
    ? `${megabytes}, goal MISSED`
    : megabytes;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
