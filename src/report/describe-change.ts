/** Words for what changes, shared by all renderings. Texts are unescaped: names and values are untrusted. */
import { formatBytes, formatCount, formatCounted } from "../base/format-quantity.ts";
import type { Difference } from "../model/diff-definitions.ts";
import type { ExistingTarget, ObjectChange, ObjectKind } from "../model/plan.ts";

/** A validator can be pages long; the whole of it is in the JSON. */
const MAX_VALUE_LENGTH = 120;

/** What the destination has, then what is desired there: `expireAfterSeconds: 3600 → 60`. */
export function describeDifference({ name, destination, desired }: Difference): string {
  return `${name}: ${describeValue(destination)} → ${describeValue(desired)}`;
}

/** Documents and bytes, or functions: `1,204 documents  41 MiB`; empty for views. */
export function describeSize(
  kind: ObjectKind,
  { documentCount, dataBytes }: Pick<ObjectChange, "documentCount" | "dataBytes">,
): string {
  if (kind === "view") return "";
  if (kind === "functions") return formatCounted(documentCount, "function");
  return `${formatCounted(documentCount, "document")}  ${formatBytes(dataBytes)}`;
}

/** What stands at the destination, for those who decide whether it may go: with the number and size of its indexes. */
export function describeExisting(existing: ExistingTarget): string {
  const { kind, indexCount, indexBytes } = existing;
  if (kind === "view" || kind === "functions") return describeSize(kind, existing);
  const indexes = formatCounted(indexCount, "index", "indexes");
  return `${describeSize(kind, existing)}  ${indexes}  ${formatBytes(indexBytes)}`;
}

/** Stands before the name: empty for plain collections. */
export function describeKind(kind: ObjectKind): string {
  return KIND_WORDS[kind];
}

const KIND_WORDS: Readonly<Record<ObjectKind, string>> = {
  collection: "",
  view: "view ",
  timeseries: "time series ",
  functions: "functions ",
};

function describeValue(value: string | null): string {
  if (value === null) return "not set";
  if (value.length <= MAX_VALUE_LENGTH) return value;
  const rest = value.length - MAX_VALUE_LENGTH;
  return `${value.slice(0, MAX_VALUE_LENGTH)}… (${formatCount(rest)} more characters)`;
}
