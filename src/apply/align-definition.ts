/** Brings options and indexes of a copied collection to what its source has by now, while its changes are followed. */
import type { Difference, IndexPair } from "../model/diff-definitions.ts";
import { diffOptions, pairIndexes } from "../model/diff-definitions.ts";
import type { IndexFacts } from "../model/facts.ts";
import { ID_INDEX } from "../model/implicit-indexes.ts";
import { desiredDefinition, type SelectedObject } from "../model/select-objects.ts";
import type { CollectionRecord } from "../ports.ts";

export interface Alignment {
  /** Fields of `collMod`; empty where no option differs that can be changed. */
  readonly options: ReadonlyMap<string, unknown>;
  /** Names of indexes that go. */
  readonly drop: readonly string[];
  readonly build: readonly IndexFacts[];
}

/** What an option that is not set any more is set to. */
const UNSET: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["validator", new Map()],
  ["validationLevel", "strict"],
  ["validationAction", "error"],
  ["changeStreamPreAndPostImages", new Map([["enabled", false]])],
]);

/**
 * Null where nothing is to be done. An index that somebody else has added at the destination stays.
 *
 * @param record - Of a finished copy of the object's collection.
 */
export function decideAlignment(
  object: SelectedObject,
  record: CollectionRecord,
): Alignment | null {
  const { existing } = object;
  if (existing === null) return null;
  const desired = desiredDefinition(object);
  const options = optionChanges(diffOptions(desired, existing), object);
  const pairs = pairIndexes(desired, existing).filter(({ name }) => name !== ID_INDEX);
  const own = new Set(record.indexes);
  const drop = pairs
    .filter((pair) => own.has(pair.name) && isObsolete(pair))
    .map(({ name }) => name);
  const build = pairs.flatMap(({ name, desired: wanted, existing: found }) =>
    wanted !== null && (found === null || drop.includes(name)) ? [wanted] : [],
  );
  if (options.size === 0 && drop.length === 0 && build.length === 0) return null;
  return { options, drop, build };
}

function isObsolete({ desired, existing, differences }: IndexPair): boolean {
  return existing !== null && (desired === null || differences.length > 0);
}

function optionChanges(
  differences: readonly Difference[],
  { options: { fields } }: SelectedObject,
): ReadonlyMap<string, unknown> {
  return new Map(
    differences.flatMap(({ name }): [string, unknown][] => {
      if (name === "size" && fields.has(name)) return [["cappedSize", fields.get(name)]];
      const unset = UNSET.get(name);
      return unset === undefined ? [] : [[name, fields.get(name) ?? unset]];
    }),
  );
}
