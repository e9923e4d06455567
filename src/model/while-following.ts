/**
 * What a collection is at the destination as long as its changes are followed. Changes of several keys are applied in no order, and
 * again after an interruption: what forbids, hides or deletes documents in between has to wait for the cutover.
 */
import { asNumber, type ExactDocument } from "./exact-document.ts";
import { withFields } from "./exact-json.ts";
import { indexFieldTexts } from "./compare-definitions.ts";
import { isCapped } from "./document-storage.ts";
import type { CollectionFacts, IndexFacts } from "./facts.ts";
import { ID_INDEX } from "./implicit-indexes.ts";

/** What a capped collection keeps besides twice its size. */
const CAPPED_RESERVE_BYTES = 64 * 1024 * 1024;
/** Servers up to 6.0 round sizes up to a multiple. */
const CAPPED_STEP_BYTES = 256;

/** A source's options and indexes in the form that they have at the destination until cutover. */
export function whileFollowing(
  source: Pick<CollectionFacts, "options" | "indexes" | "kind">,
): Pick<CollectionFacts, "options" | "indexes"> {
  const { options, indexes, kind } = source;
  if (kind !== "collection") return { options, indexes };
  return { options: withoutEviction(options), indexes: withoutEffects(indexes) };
}

/** A source's options and indexes as they are, but for what has documents go by themselves: the last thing of a cutover. */
export function beforeExpiry(
  wanted: Pick<CollectionFacts, "options" | "indexes" | "kind">,
): Pick<CollectionFacts, "options" | "indexes"> {
  const { options, indexes, kind } = wanted;
  if (kind !== "collection") return { options, indexes };
  return {
    options: options.fields.has("expireAfterSeconds")
      ? withFields(without(options.fields, "expireAfterSeconds"))
      : options,
    indexes: indexes.map((index) => ({ ...index, spec: withoutExpiring(index.spec) })),
  };
}

/** Whether documents of a collection go without anybody deleting them: with time, or since newer ones take their place. */
export function deletesByItself({
  options,
  indexes,
}: Pick<CollectionFacts, "options" | "indexes">): boolean {
  return (
    isCapped(options) ||
    options.fields.has("expireAfterSeconds") ||
    indexes.some(({ spec }) => spec.fields.has("expireAfterSeconds"))
  );
}

/** Whether an index does more than to find documents. */
export function hasEffects({ spec: { fields } }: Pick<IndexFacts, "spec">): boolean {
  return fields.has("expireAfterSeconds") || FLAGS.some((name) => isSet(fields.get(name)));
}

const FLAGS = ["unique", "prepareUnique", "hidden"] as const;

/** A collection that is full forgets its oldest documents: one that is written twice must not count twice. */
function withoutEviction(options: ExactDocument): ExactDocument {
  const { fields } = options;
  if (!isCapped(options)) {
    // Of a clustered collection; it is set again at the cutover.
    if (!fields.has("expireAfterSeconds")) return options;
    return withFields(without(fields, "expireAfterSeconds"));
  }
  const bytes = asNumber(fields.get("size")) ?? 0;
  const steps = Math.ceil((2 * bytes + CAPPED_RESERVE_BYTES) / CAPPED_STEP_BYTES);
  return withFields(new Map([...without(fields, "max"), ["size", steps * CAPPED_STEP_BYTES]]));
}

/** What would then be the same as another index is not built before the cutover. */
function withoutEffects(indexes: readonly IndexFacts[]): readonly IndexFacts[] {
  // One that is being built comes with its own change once it is there.
  const built = indexes.filter((index) => !index.isBuilding);
  const taken = new Set(built.filter((index) => !hasEffects(index)).map(identityText));
  return built.flatMap((index) => {
    if (index.name === ID_INDEX || !hasEffects(index)) return [index];
    const plain = { ...index, spec: withoutEffect(index.spec) };
    const text = identityText(plain);
    if (taken.has(text)) return [];
    taken.add(text);
    return [plain];
  });
}

function withoutEffect({ fields }: ExactDocument): ExactDocument {
  return withFields(without(fields, "unique", "prepareUnique", "hidden", "expireAfterSeconds"));
}

/** A time that is never reached would do where servers take one: some before 6.0 refuse what reaches back behind 1970. */
function withoutExpiring(spec: ExactDocument): ExactDocument {
  if (!spec.fields.has("expireAfterSeconds")) return spec;
  return withFields(without(spec.fields, "expireAfterSeconds"));
}

/** What two indexes of one collection must not have in common, whatever their names. */
function identityText(index: IndexFacts): string {
  return JSON.stringify(
    [...indexFieldTexts(index)]
      .filter(([name]) => name !== "name" && name !== "v")
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function without(
  fields: ReadonlyMap<string, unknown>,
  ...names: readonly string[]
): Map<string, unknown> {
  return new Map([...fields].filter(([name]) => !names.includes(name)));
}

/** Servers take any number for a flag. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && asNumber(value) !== 0;
}
