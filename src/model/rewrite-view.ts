/**
 * The names that a view reads from, and the same view under other names. Only names in the places where servers take
 * a collection's name are touched: `viewOn`, and `$lookup`, `$graphLookup` and `$unionWith` as stages of the pipeline, of
 * their own pipelines and of those within `$facet`. Any other text may be data and stays as it is.
 */
import type { ExactDocument } from "./exact-document.ts";
import { withFields } from "./exact-json.ts";

type Fields = ReadonlyMap<string, unknown>;

export interface ViewNames {
  /** Names of collections of the view's own database, in the known places; sorted, each once. */
  readonly known: readonly string[];
  /** Names in what looks like such a stage but stands elsewhere, so that nobody knows whether it is one; sorted. */
  readonly doubtful: readonly string[];
  /** Stages that name a database too, as text: `$lookup from {"db": "other", "coll": "x"}`. */
  readonly foreign: readonly string[];
}

/** Stage → the field with the collection's name. */
const NAMING_STAGES: ReadonlyMap<string, string> = new Map([
  ["$lookup", "from"],
  ["$graphLookup", "from"],
  ["$unionWith", "coll"],
]);

export function readViewNames(options: ExactDocument): ViewNames {
  const known = new Set<string>();
  const doubtful = new Set<string>();
  const foreign = new Set<string>();
  visitView(options.fields, {
    rename: (name) => {
      known.add(name);
      return name;
    },
    doubt: (name) => doubtful.add(name),
    foreign: (stage) => foreign.add(stage),
  });
  return {
    known: [...known].toSorted(),
    doubtful: [...doubtful].toSorted(),
    foreign: [...foreign].toSorted(),
  };
}

/** The view's definition with each name in a known place replaced. */
export function renameInView(
  options: ExactDocument,
  rename: (name: string) => string,
): ExactDocument {
  return withFields(visitView(options.fields, { rename, doubt: () => {}, foreign: () => {} }));
}

interface Visitor {
  rename(name: string): string;
  doubt(name: string): void;
  foreign(stage: string): void;
}

function visitView(fields: Fields, visitor: Visitor): Fields {
  return mapFields(fields, (name, value) => {
    if (name === "viewOn" && typeof value === "string") return visitor.rename(value);
    return name === "pipeline" ? visitPipeline(value, visitor) : value;
  });
}

function visitPipeline(pipeline: unknown, visitor: Visitor): unknown {
  if (!Array.isArray(pipeline)) return pipeline;
  return pipeline.map((stage: unknown) =>
    isFields(stage) ? mapFields(stage, (name, value) => visitStage(name, value, visitor)) : stage,
  );
}

function visitStage(stage: string, value: unknown, visitor: Visitor): unknown {
  if (stage === "$facet" && isFields(value)) {
    return mapFields(value, (_, pipeline) => visitPipeline(pipeline, visitor));
  }
  if (stage === "$unionWith" && typeof value === "string") return visitor.rename(value);
  const naming = NAMING_STAGES.get(stage);
  if (naming === undefined || !isFields(value)) {
    lookElsewhere(value, visitor);
    return value;
  }
  // A database beside the name is what `$unionWith` of a federated database has.
  if (value.has("db")) visitor.foreign(describeStage(stage, value.get("db")));
  return mapFields(value, (field, inner) => {
    if (field === naming) return visitName(stage, inner, visitor);
    if (field === "pipeline" && stage !== "$graphLookup") return visitPipeline(inner, visitor);
    lookElsewhere(inner, visitor);
    return inner;
  });
}

function visitName(stage: string, name: unknown, visitor: Visitor): unknown {
  if (typeof name === "string") return visitor.rename(name);
  visitor.foreign(describeStage(stage, isFields(name) ? name.get("db") : name));
  return name;
}

function describeStage(stage: string, database: unknown): string {
  return `${stage} of database ${typeof database === "string" ? database : "?"}`;
}

/** Within expressions and stages that are not known: a stage of a later release may hold pipelines too. */
function lookElsewhere(value: unknown, visitor: Visitor): void {
  if (Array.isArray(value)) for (const item of value) lookElsewhere(item, visitor);
  if (!isFields(value)) return;
  for (const [name, inner] of value) {
    lookElsewhere(inner, visitor);
    const naming = NAMING_STAGES.get(name);
    if (naming === undefined) continue;
    const collection = isFields(inner) ? inner.get(naming) : inner;
    if (typeof collection === "string") visitor.doubt(collection);
  }
}

function mapFields(fields: Fields, map: (name: string, value: unknown) => unknown): Fields {
  return new Map([...fields].map(([name, value]) => [name, map(name, value)]));
}

function isFields(value: unknown): value is Fields {
  return value instanceof Map;
}
