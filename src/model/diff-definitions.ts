/** What differs between what is desired and what the destination has, value by value. */
import { compareText } from "./namespace.ts";
import { indexFieldTexts, optionTexts } from "./compare-definitions.ts";
import { desiredIndexes, ID_INDEX, standingIndexes } from "./implicit-indexes.ts";
import type { CollectionFacts, IndexFacts } from "./facts.ts";

/** One option or property. Texts show types other than 32-bit integers, and are untrusted. */
export interface Difference {
  /** Such as `expireAfterSeconds`; `kind` where a collection is a view on the other side. */
  readonly name: string;
  /** Null: not set. */
  readonly destination: string | null;
  readonly desired: string | null;
}

/** An index of one side or both; the one on `_id` only where it differs. */
export interface IndexPair {
  readonly name: string;
  readonly desired: IndexFacts | null;
  readonly existing: IndexFacts | null;
  /** The desired one, or else the existing one. */
  readonly shown: IndexFacts;
  /** Empty where only one side has it. */
  readonly differences: readonly Difference[];
}

export function diffOptions(desired: CollectionFacts, existing: CollectionFacts): Difference[] {
  const kinds = new Map([["kind", existing.kind]]);
  return [
    ...diffFields(new Map([["kind", desired.kind]]), kinds),
    ...diffFields(optionTexts(desired.options), optionTexts(existing.options)),
  ];
}

/** By name. */
export function pairIndexes(
  desiredCollection: CollectionFacts,
  existingCollection: CollectionFacts | null,
): IndexPair[] {
  const desired = desiredIndexes(desiredCollection);
  const existing = existingCollection === null ? [] : standingIndexes(existingCollection, desired);
  const wanted = new Set(desired.map(({ name }) => name));
  const found = new Map(existing.map((index) => [index.name, index]));
  const pairs = [
    ...desired.map((index) => pair(index, index, found.get(index.name) ?? null)),
    ...existing.filter(({ name }) => !wanted.has(name)).map((index) => pair(index, null, index)),
  ];
  return pairs
    .filter(({ name, differences }) => name !== ID_INDEX || differences.length > 0)
    .toSorted((a, b) => compareText(a.name, b.name));
}

function pair(
  shown: IndexFacts,
  desired: IndexFacts | null,
  existing: IndexFacts | null,
): IndexPair {
  const differences =
    desired === null || existing === null
      ? []
      : diffFields(indexFieldTexts(desired), indexFieldTexts(existing));
  return { name: shown.name, shown, desired, existing, differences };
}

function diffFields(
  desired: ReadonlyMap<string, string>,
  destination: ReadonlyMap<string, string>,
): Difference[] {
  return [...new Set([...desired.keys(), ...destination.keys()])]
    .toSorted(compareText)
    .filter((name) => desired.get(name) !== destination.get(name))
    .map((name) => ({
      name,
      destination: destination.get(name) ?? null,
      desired: desired.get(name) ?? null,
    }));
}
