import { formatCount, formatCounted } from "../../src/base/format-quantity.ts";
import type { ComparedObject } from "./compare-sides.ts";
import type { Tell } from "./tell.ts";

const HEADINGS = ["source", "destination", "documents", "bytes", "indexes", ""];
/** Columns of numbers stand to the right. */
const IS_NUMBER = [false, false, true, true, true, false];

/** One line for each object, and one for their sum. */
export function showComparison(objects: readonly ComparedObject[], tell: Tell): void {
  const rows = [HEADINGS, ...objects.map(rowOf), sumOf(objects)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [index, row] of rows.entries()) {
    const cells = row.map((cell, column) =>
      IS_NUMBER[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    const line = cells.join("  ").trimEnd();
    const object = objects[index - 1];
    if (object === undefined) tell.line(tell.paint("dim", line));
    else tell.line(object.differences.length === 0 ? line : tell.paint("red", line));
  }
}

function rowOf(object: ComparedObject): string[] {
  const isView = object.kind === "view";
  return [
    object.source,
    object.target,
    formatCount(object.documentCount),
    isView ? "view" : formatCount(object.dataBytes),
    isView ? "" : formatCount(object.indexCount),
    object.differences.length === 0 ? "equal" : object.differences.join("; "),
  ];
}

/** What a view shows is stored elsewhere, and isn't counted twice. */
function sumOf(objects: readonly ComparedObject[]): string[] {
  const { documentCount, dataBytes, indexCount } = sumObjects(objects);
  const numbers = [documentCount, dataBytes, indexCount].map(formatCount);
  return ["", formatCounted(objects.length, "object"), ...numbers, ""];
}

/** Documents, bytes and indexes of all collections. */
export function sumObjects(objects: readonly ComparedObject[]) {
  const collections = objects.filter(({ kind }) => kind === "collection");
  const sum = (field: "documentCount" | "dataBytes" | "indexCount"): number =>
    collections.reduce((total, collection) => total + collection[field], 0);
  return {
    documentCount: sum("documentCount"),
    dataBytes: sum("dataBytes"),
    indexCount: sum("indexCount"),
  };
}
