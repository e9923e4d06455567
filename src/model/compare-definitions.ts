import { createHash } from "node:crypto";
import { comparableIndex } from "./comparable-index.ts";
import { asNumber, type ExactDocument, valueText } from "./exact-document.ts";
import type { CollectionFacts, IndexFacts } from "./facts.ts";
import { desiredIndexes, ID_INDEX, standingIndexes } from "./implicit-indexes.ts";
import { compareText } from "./namespace.ts";
import { repairIndex } from "./repair-index.ts";

export interface DefinitionDifferences {
  readonly optionDifferences: readonly string[];
  readonly indexDifferences: readonly string[];
}

/** What differs between two collections (or views) besides their documents, in words. */
export function compareDefinitions(
  source: CollectionFacts,
  target: CollectionFacts,
): DefinitionDifferences {
  const desired = desiredIndexes(source);
  const standing = standingIndexes(target, desired);
  return {
    optionDifferences: [
      ...(source.kind === target.kind ? [] : [`a ${target.kind} instead of a ${source.kind}`]),
      ...compareNamed(optionTexts(source.options), optionTexts(target.options), "option"),
    ],
    indexDifferences: compareNamed(indexTexts(desired), indexTexts(standing), "index"),
  };
}

function compareNamed(
  source: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
  what: string,
): string[] {
  const names = [...new Set([...source.keys(), ...target.keys()])].toSorted();
  return names.flatMap((name) => {
    const wanted = source.get(name);
    const found = target.get(name);
    if (wanted === found) return [];
    if (found === undefined) return [`${what} ${name} is missing: ${wanted}`];
    if (wanted === undefined) return [`${what} ${name} is not at the source: ${found}`];
    return [`${what} ${name}: ${found} instead of ${wanted}`];
  });
}

/** The order in which `create` or `createIndexes` was given its options means nothing. */
function fieldTexts({ fields }: Pick<ExactDocument, "fields">): ReadonlyMap<string, string> {
  return new Map([...fields].map(([name, value]) => [name, valueText(value)]));
}

/** As `fieldTexts`; sizes of capped collections are stored as the smallest type of number that holds them. */
export function optionTexts(options: ExactDocument): ReadonlyMap<string, string> {
  const sizes = ["size", "max"].flatMap((name): [string, string][] => {
    const number = asNumber(options.fields.get(name));
    return number === null ? [] : [[name, String(number)]];
  });
  return new Map([...fieldTexts(options), ...sizes]);
}

export function hasSameOptions(
  a: Pick<CollectionFacts, "options">,
  b: Pick<CollectionFacts, "options">,
): boolean {
  return compareNamed(optionTexts(a.options), optionTexts(b.options), "option").length === 0;
}

/** SHA-256 (hex) of options; the same for all that `hasSameOptions`. */
export function digestOptions(options: ExactDocument): string {
  const texts = [...optionTexts(options)].toSorted(([a], [b]) => compareText(a, b));
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}

function indexTexts(indexes: readonly IndexFacts[]): ReadonlyMap<string, string> {
  return new Map(
    indexes.map((index) => [
      index.name,
      [...indexFieldTexts(index)]
        .map(([field, text]) => `${field}: ${text}`)
        .toSorted()
        .join(", "),
    ]),
  );
}

/** The fields of an index that say what it is, as texts that are equal only for equal values. */
export function indexFieldTexts({ name, spec }: IndexFacts): ReadonlyMap<string, string> {
  const ignored = name === ID_INDEX ? IGNORED_ID_FIELDS : NOTHING;
  // What is built is the repaired form, which is also what stands at the destination.
  const repaired = fieldTexts({ fields: comparableIndex(repairIndex(spec).fields) });
  return new Map([...repaired].filter(([field]) => !ignored.has(field)));
}

const IGNORED_ID_FIELDS: ReadonlySet<string> = new Set(["v", "key"]);
const NOTHING: ReadonlySet<string> = new Set();
