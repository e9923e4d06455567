import { asNumber, type ExactDocument, nestedFields, valueText } from "./exact-document.ts";

export interface RepairedIndex {
  /** What is built: the same index, as servers of today take it. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** What was changed, in words; empty for nearly all. */
  readonly repairs: readonly string[];
}

/** Of no meaning since 3.0 at the latest, and kept by the catalogs of servers that once were given them. */
const MEANINGLESS: ReadonlySet<string> = new Set(["dropDups", "safe"]);
/** The same, written by all servers up to 4.2: nothing to tell anyone. */
const ORDINARY: ReadonlySet<string> = new Set(["background", "ns"]);
const FLAGS: ReadonlySet<string> = new Set(["unique", "sparse", "hidden", "prepareUnique"]);

/**
 * Descriptions from servers before 3.4, which checked little, in the form that `createIndexes` takes now, where both mean the
 * same. What is left untouched and not understood is refused by the precheck.
 */
export function repairIndex({ fields }: ExactDocument): RepairedIndex {
  const repairs: string[] = [];
  const repaired = new Map<string, unknown>();
  for (const [name, value] of fields) {
    if (ORDINARY.has(name)) continue;
    if (MEANINGLESS.has(name)) {
      repairs.push(`${name} is left out, which has no meaning any more`);
      continue;
    }
    repaired.set(name, repairOption(name, value, repairs));
  }
  repaired.set("key", repairKey(nestedFields(fields, "key"), repairs));
  return { fields: repaired, repairs };
}

function repairOption(name: string, value: unknown, repairs: string[]): unknown {
  if (FLAGS.has(name) && typeof value !== "boolean") {
    const isSet = isTrue(value);
    repairs.push(`${name}: ${valueText(value)} becomes ${isSet}`);
    return isSet;
  }
  // No server that can be a destination creates version 0; it orders the same keys in the same way.
  if (name === "v" && asNumber(value) === 0) {
    repairs.push("version 0 becomes 2");
    return 2;
  }
  return value;
}

/** How the server reads a flag (`BSONElement::trueValue`). */
function isTrue(value: unknown): boolean {
  const number = asNumber(value);
  if (number !== null) return number !== 0;
  return value !== null && value !== undefined;
}

/** Below version 2 any value that is not below zero means ascending (`Ordering::make`), but for names of kinds. */
function repairKey(key: ReadonlyMap<string, unknown>, repairs: string[]): Map<string, unknown> {
  return new Map(
    [...key].map(([field, value]) => {
      if (!isLegacyAscending(value)) return [field, value];
      repairs.push(`${field}: ${valueText(value)} becomes 1`);
      return [field, 1];
    }),
  );
}

function isLegacyAscending(value: unknown): boolean {
  const number = asNumber(value);
  if (number !== null) return number === 0 || Number.isNaN(number);
  return value === "" || typeof value === "boolean" || value === null;
}
