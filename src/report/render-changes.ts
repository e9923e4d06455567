/** Objects of a plan with their indexes, as lines for a terminal. */
import { safeText } from "../base/safe-text.ts";
import type { Difference } from "../model/diff-definitions.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type {
  DatabaseChange,
  IndexChange,
  IndexChangeKind,
  ObjectChange,
  ObjectChangeKind,
} from "../model/plan.ts";
import {
  describeDifference,
  describeExisting,
  describeKind,
  describeSize,
} from "./describe-change.ts";
import { describeIndex, describeOptions } from "./describe-index.ts";
import { notableIndexes } from "./plan-changes.ts";
import type { Paint, Style } from "./terminal-text.ts";

interface Mark {
  readonly sign: string;
  readonly style: Style | null;
}

const OBJECT_MARKS: Readonly<Record<ObjectChangeKind, Mark>> = {
  create: { sign: "+", style: "green" },
  copy: { sign: "+", style: "green" },
  replace: { sign: "±", style: "red" },
  keep: { sign: "=", style: null },
  skip: { sign: " ", style: null },
  refuse: { sign: "✗", style: "red" },
  unchanged: { sign: "=", style: null },
};

const INDEX_MARKS: Readonly<Record<IndexChangeKind, Mark & { readonly note: string }>> = {
  create: { sign: "+", style: "green", note: "" },
  replace: { sign: "±", style: "red", note: "" },
  drop: { sign: "-", style: "red", note: "" },
  keep: { sign: "=", style: null, note: "" },
  unchanged: { sign: "=", style: null, note: "" },
  refuse: { sign: "✗", style: "red", note: "  cannot be built: see the precheck" },
  skip: { sign: "?", style: "yellow", note: "  not at the destination" },
  extra: { sign: "?", style: "yellow", note: "  at the destination only" },
};

/** A new database, in the same column as objects; nothing for one that is there. */
export function renderDatabase({ change, name: db }: DatabaseChange, paint: Paint): string[] {
  return change === "create" ? [`  ${paint("green", "+")} database ${safeText(db)}`] : [];
}

/** The object as it is to be, then what differs, then its indexes. */
export function renderObject(object: ObjectChange, paint: Paint): string[] {
  const { change, kind, options } = object;
  const isMade = change === "create" || change === "copy" || change === "replace";
  const size = isMade ? describeSize(kind, object) : "";
  const names = kind === "collection" && isMade ? safeText(describeOptions(options)) : "";
  const parts = [
    `${mark(OBJECT_MARKS[change], paint)} ${renderNames(object)}`,
    size,
    names === "" ? "" : `(${names})`,
  ];
  return [`  ${parts.filter((part) => part !== "").join("  ")}`, ...renderDetails(object, paint)];
}

/** The object as it stands at the destination: what is kept, or in the way. */
export function renderStanding(object: ObjectChange, paint: Paint): string[] {
  const { change, existing } = object;
  const size = existing === null ? "" : describeExisting(existing);
  const names = renderNames({ ...object, kind: existing?.kind ?? object.kind });
  const parts = [`${mark(OBJECT_MARKS[change], paint)} ${names}`, size];
  return [`  ${parts.filter((part) => part !== "").join("  ")}`, ...renderDetails(object, paint)];
}

export function renderDestroyed({ target, existing, destroyed, kind }: ObjectChange): string {
  const lost = existing ?? (destroyed === null ? null : { ...destroyed, kind });
  const what = `${describeKind(lost?.kind ?? kind)}${target === null ? "" : name(target)}`;
  if (lost === null) return `  - ${what}`;
  const size = "indexCount" in lost ? describeExisting(lost) : describeSize(lost.kind, lost);
  return `  - ${what}${size === "" ? "" : `  ${size}`}`;
}

/** What differs, below the object: options, then indexes that a reader learns something of. */
export function renderDetails(
  object: Pick<ObjectChange, "change" | "differences" | "indexes">,
  paint: Paint,
): string[] {
  return [
    ...renderDifferences(object.differences, "      "),
    ...notableIndexes(object).flatMap((index) => renderIndex(index, paint)),
  ];
}

function renderIndex({ change, name: index, spec, differences }: IndexChange, paint: Paint) {
  const text = safeText(`${index} ${describeIndex(spec)}`);
  const line = `      ${mark(INDEX_MARKS[change], paint)} index ${text}${INDEX_MARKS[change].note}`;
  return [line, ...renderDifferences(differences, "          ")];
}

function renderDifferences(differences: readonly Difference[], indent: string): string[] {
  return differences.map((difference) => `${indent}${safeText(describeDifference(difference))}`);
}

/** The name at the destination, and that at the source where it is another. */
export function renderNames({
  kind,
  source,
  target,
}: Pick<ObjectChange, "kind" | "source" | "target">): string {
  if (target === null) return `${describeKind(kind)}${name(source)}`;
  const isRenamed = source.db !== target.db || source.coll !== target.coll;
  const origin = isRenamed ? `  from ${name(source)}` : "";
  return `${describeKind(kind)}${name(target)}${origin}`;
}

function mark({ sign, style }: Mark, paint: Paint): string {
  return style === null ? sign : paint(style, sign);
}

function name(namespace: Namespace): string {
  return safeText(formatNamespace(namespace));
}
