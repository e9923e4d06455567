/** What is left to do, at the cutover, for a copy to be as its source: with what its indexes and options do besides finding documents. */
import { asNumber } from "../model/exact-document.ts";
import type { Difference, IndexPair } from "../model/diff-definitions.ts";
import { diffOptions, pairIndexes } from "../model/diff-definitions.ts";
import type { CollectionFacts, IndexFacts } from "../model/facts.ts";
import { ID_INDEX } from "../model/implicit-indexes.ts";

export interface Finalization {
  /** Fields of `collMod`. */
  readonly options: ReadonlyMap<string, unknown>;
  readonly alter: readonly IndexAlteration[];
  /** Built, after what has the name was dropped. */
  readonly rebuild: readonly IndexFacts[];
  readonly build: readonly IndexFacts[];
  /** Options that this destination cannot be given. */
  readonly impossible: readonly ImpossibleOption[];
}

export interface ImpossibleOption {
  readonly name: string;
  readonly text: string;
}

export interface IndexAlteration {
  readonly index: IndexFacts;
  /** One command each. */
  readonly changes: readonly ReadonlyMap<string, unknown>[];
  /** What takes a refused alteration back; null: nothing is left of it. */
  readonly undo: ReadonlyMap<string, unknown> | null;
}

/**
 * Null where nothing is to be done.
 *
 * @param canConvert - Whether the server makes a plain index unique, or an expiring one, where it stands, and gives a capped collection another size.
 */
export function decideFinalization(
  desired: CollectionFacts,
  existing: CollectionFacts,
  canConvert: boolean,
): Finalization | null {
  const { options, impossible } = decideOptions(desired, existing, canConvert);
  const pairs = pairIndexes(desired, existing).filter(({ name }) => name !== ID_INDEX);
  const alter: IndexAlteration[] = [];
  const rebuild: IndexFacts[] = [];
  const build: IndexFacts[] = [];
  for (const pair of pairs) {
    const { desired: wanted, existing: found } = pair;
    if (wanted === null || wanted.isBuilding) continue;
    if (found === null) build.push(wanted);
    else if (pair.differences.length > 0) {
      const alteration = decideAlteration(pair, wanted, canConvert);
      if (alteration === null) rebuild.push(wanted);
      else alter.push(alteration);
    }
  }
  const steps = alter.length + rebuild.length + build.length + options.size + impossible.length;
  return steps === 0 ? null : { options, alter, rebuild, build, impossible };
}

/** Null: it has to be built anew. */
function decideAlteration(
  { differences, existing }: IndexPair,
  index: IndexFacts,
  canConvert: boolean,
): IndexAlteration | null {
  const names = new Set(differences.map(({ name }) => name));
  const { fields } = index.spec;
  const isUnique = names.has("unique");
  const isPrepared = names.has("prepareUnique");
  if ([...names].some((name) => !ALTERABLE.has(name))) return null;
  if ((isUnique || isPrepared) && !canConvert) return null;
  const plain = new Map<string, unknown>();
  if (names.has("hidden")) plain.set("hidden", isSet(fields.get("hidden")));
  if (names.has("expireAfterSeconds")) {
    const wasExpiring = existing?.spec.fields.has("expireAfterSeconds") === true;
    if (!fields.has("expireAfterSeconds") || !(wasExpiring || canConvert)) return null;
    plain.set("expireAfterSeconds", fields.get("expireAfterSeconds"));
  }
  const changes: ReadonlyMap<string, unknown>[] = plain.size === 0 ? [] : [plain];
  if (isUnique || isPrepared) changes.push(new Map([["prepareUnique", true]]));
  if (isUnique) changes.push(new Map([["unique", true]]));
  return { index, changes, undo: isUnique ? new Map([["prepareUnique", false]]) : null };
}

const ALTERABLE: ReadonlySet<string> = new Set([
  "unique",
  "prepareUnique",
  "hidden",
  "expireAfterSeconds",
]);

function decideOptions(
  desired: CollectionFacts,
  existing: CollectionFacts,
  canConvert: boolean,
): Pick<Finalization, "options" | "impossible"> {
  const differences = diffOptions(desired, existing);
  const wanted = desired.options.fields;
  const options = new Map(
    differences.flatMap(({ name }): [string, unknown][] => {
      const field = MODIFIED_AS.get(name);
      if (field === undefined || !wanted.has(name)) return [];
      return CAPPED.has(name) && !canConvert ? [] : [[field, wanted.get(name)]];
    }),
  );
  const impossible = differences
    .filter(({ name }) => CAPPED.has(name) && !options.has(MODIFIED_AS.get(name) ?? ""))
    .map((each) => ({ name: each.name, text: describeImpossible(each) }));
  return { options, impossible };
}

const CAPPED: ReadonlySet<string> = new Set(["size", "max"]);
/** Options under the names that `collMod` has for them. */
const MODIFIED_AS: ReadonlyMap<string, string> = new Map([
  ["size", "cappedSize"],
  ["max", "cappedMax"],
  ["expireAfterSeconds", "expireAfterSeconds"],
]);

function describeImpossible({ name, desired, destination }: Difference): string {
  return (
    `the option ${name} stays ${destination ?? "unset"} instead of ${desired ?? "unset"}: ` +
    "servers before 6.0 cannot change it; make the collection anew by hand where it matters"
  );
}

/** Servers take any number for a flag. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && asNumber(value) !== 0;
}
