import { BSON, type Document, type MongoClient } from "mongodb";
import { type ExactDocument, nestedFields } from "../model/exact-document.ts";
import type { Namespace } from "../model/namespace.ts";

/** Enough to see what is wrong. */
const EXAMPLES = 5;
/** The rest of the copy waits for the answer, which is only an explanation. */
const TIME_MS = 30_000;

/**
 * Values that a unique index would hold more than once. Values within arrays are not looked into: what the server itself
 * has named is shown beside these.
 */
export async function findDuplicates(
  client: MongoClient,
  { db, coll }: Namespace,
  spec: ExactDocument,
): Promise<readonly string[]> {
  const names = [...nestedFields(spec.fields, "key").keys()];
  const collation = spec.fields.get("collation") ?? { locale: "simple" };
  const pipeline = duplicatesPipeline(names, spec);
  try {
    const options = { collation: Object.fromEntries(Object.entries(toPlain(collation))) as never };
    const found = await client
      .db(db)
      .collection(coll)
      .aggregate(pipeline, {
        ...options,
        maxTimeMS: TIME_MS,
        allowDiskUse: true,
        promoteValues: false,
      })
      .toArray();
    return found.map(({ values, documents }) => describe(names, values as unknown[], documents));
  } catch {
    // An explanation that takes too long, or that the account may not ask for, is done without.
    return [];
  }
}

function duplicatesPipeline(names: readonly string[], { fields }: ExactDocument): Document[] {
  const filter = fields.get("partialFilterExpression");
  const isSparse = fields.has("sparse");
  const present = { $or: names.map((name) => ({ [name]: { $exists: true } })) };
  return [
    ...(filter === undefined ? [] : [{ $match: filter }]),
    ...(isSparse ? [{ $match: present }] : []),
    // A field that is missing is null to an index.
    {
      $group: {
        _id: names.map((name) => ({ $ifNull: [`$${name}`, null] })),
        documents: { $sum: 1 },
      },
    },
    { $match: { documents: { $gt: 1 } } },
    { $limit: EXAMPLES },
    { $project: { _id: 0, values: "$_id", documents: 1 } },
  ];
}

function describe(
  names: readonly string[],
  values: readonly unknown[],
  documents: unknown,
): string {
  const pairs = names.map(
    (name, i) => `${JSON.stringify(name)}: ${BSON.EJSON.stringify(values[i])}`,
  );
  return `{${pairs.join(", ")}} in ${String(documents)} documents`;
}

function toPlain(value: unknown): object {
  return value instanceof Map ? Object.fromEntries(value) : (value as object);
}
