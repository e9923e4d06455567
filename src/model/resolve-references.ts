/** What the names that a view reads from become at the destination. */
import { groupBy } from "../base/group-by.ts";
import type { ExactDocument } from "./exact-document.ts";
import type { CollectionFacts } from "./facts.ts";
import { formatNamespace, type Namespace } from "./namespace.ts";
import { readViewNames, renameInView } from "./rewrite-view.ts";

/** One name that a view reads from. */
export interface ViewReference {
  /** At the source, in the view's database; for `foreign` a description of the stage. */
  readonly name: string;
  /** The same data's name at the destination, in the view's database there; null where a problem is in the way. */
  readonly target: string | null;
  /**
   * `moved`: goes to other databases only. `several`: goes to several names. `taken`: not migrated, and something else gets
   * the name. `doubtful`: renamed, but stands where it may not be a name. `foreign`: names a database of its own.
   */
  readonly problem: "moved" | "several" | "taken" | "doubtful" | "foreign" | null;
  /** Names at the destination that the problem is about. */
  readonly involved: readonly string[];
  readonly isSelected: boolean;
}

export interface Mapped {
  readonly source: CollectionFacts;
  readonly target: Namespace;
}

export interface MappedNames {
  readonly bySource: ReadonlyMap<string, readonly Mapped[]>;
  readonly byTarget: ReadonlyMap<string, readonly Mapped[]>;
}

export interface ResolvedDefinition {
  /** What the target is created with. */
  readonly options: ExactDocument;
  /** Sorted by name; empty for collections. */
  readonly references: readonly ViewReference[];
}

/** Names of the buckets behind a time-series collection follow the collection's. */
const BUCKETS = "system.buckets.";

export function indexMapping(objects: readonly Mapped[]): MappedNames {
  return {
    bySource: groupBy(objects, ({ source }) => formatNamespace(source.namespace)),
    byTarget: groupBy(objects, ({ target }) => formatNamespace(target)),
  };
}

/** A collection's options are taken as they are; a view's name what its data is called at the destination. */
export function resolveDefinition(object: Mapped, names: MappedNames): ResolvedDefinition {
  const { options, kind } = object.source;
  if (kind !== "view") return { options, references: [] };
  const { known, doubtful, foreign } = readViewNames(options);
  const references = [
    ...known.map((name) => resolveName(name, object, names)),
    ...doubtful
      .map((name) => resolveName(name, object, names))
      .filter(({ name, target }) => target !== name)
      .map((reference) => ({ ...reference, problem: "doubtful", target: null }) as const),
    ...foreign.map((name) => problemWith(name, "foreign", [])),
  ];
  const renamed = new Map(references.map(({ name, target }) => [name, target ?? name]));
  const isRewritten = [...renamed].some(([name, target]) => name !== target);
  return {
    options: isRewritten ? renameInView(options, (name) => renamed.get(name) ?? name) : options,
    references,
  };
}

function resolveName(name: string, view: Mapped, names: MappedNames): ViewReference {
  const prefix = name.startsWith(BUCKETS) ? BUCKETS : "";
  const coll = name.slice(prefix.length);
  const { db } = view.target;
  const copies = names.bySource.get(formatNamespace({ db: view.source.namespace.db, coll })) ?? [];
  const here = copies.filter(({ target }) => target.db === db).map(({ target }) => target.coll);
  const found = here.includes(coll) ? [coll] : [...new Set(here)];
  if (found[0] !== undefined && found.length === 1) {
    const target = `${prefix}${found[0]}`;
    return { name, target, problem: null, involved: [], isSelected: true };
  }
  if (found.length > 1) return problemWith(name, "several", found);
  if (copies.length > 0) {
    const involved = copies.map(({ target }) => formatNamespace(target));
    return problemWith(name, "moved", involved);
  }
  const [taking] = names.byTarget.get(formatNamespace({ db, coll })) ?? [];
  if (taking === undefined) {
    return { name, target: name, problem: null, involved: [], isSelected: false };
  }
  const involved = [formatNamespace(taking.source.namespace)];
  return { ...problemWith(name, "taken", involved), isSelected: false };
}

function problemWith(
  name: string,
  problem: NonNullable<ViewReference["problem"]>,
  involved: readonly string[],
): ViewReference {
  return { name, target: null, problem, involved, isSelected: true };
}
