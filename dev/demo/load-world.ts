import type { CreateCollectionOptions, Db, Document, IndexDescription } from "mongodb";
import type { WorldData } from "./world-data.ts";

const BATCH_DOCUMENTS = 5_000;

interface LoadedCollection {
  readonly name: string;
  readonly options: CreateCollectionOptions;
  readonly documents: readonly Document[];
  readonly indexes: readonly IndexDescription[];
}

/** What was loaded, by collection. */
export type DocumentCounts = Readonly<Record<string, number>>;

/** Fills an empty database with collections, indexes and a view of the kinds that people use. */
export async function loadWorld(
  db: Db,
  data: WorldData,
  stop: AbortSignal,
): Promise<DocumentCounts> {
  const counts: Record<string, number> = {};
  for (const collection of collectionsOf(data)) {
    await loadCollection(db, collection, stop);
    counts[collection.name] = collection.documents.length;
  }
  await db.createCollection("largest_cities", {
    viewOn: "cities",
    pipeline: [
      { $match: { population: { $gte: 5_000_000 } } },
      { $sort: { population: -1, name: 1 } },
      { $project: { _id: 0, name: 1, country: 1, population: 1 } },
    ],
  });
  // Not meant to be moved: the spec leaves it out.
  await db.collection("tmp_import_log").insertOne({ loadedAt: new Date(), counts });
  return counts;
}

function collectionsOf(data: WorldData): readonly LoadedCollection[] {
  return [
    {
      name: "cities",
      options: {},
      documents: data.cities,
      indexes: [
        { key: { cityId: 1 }, unique: true },
        { key: { country: 1, population: -1 } },
        { key: { loc: "2dsphere" } },
        { key: { name: 1 }, partialFilterExpression: { population: { $gte: 100_000 } } },
      ],
    },
    {
      name: "countries",
      options: { validator: { $jsonSchema: COUNTRY_SCHEMA }, validationLevel: "moderate" },
      documents: data.countries,
      indexes: [
        { key: { cca3: 1 }, unique: true },
        { key: { "name.common": "text", altSpellings: "text" }, default_language: "none" },
      ],
    },
    { name: "languages", options: {}, documents: data.languages, indexes: [] },
    { name: "borders", options: {}, documents: data.borders, indexes: [{ key: { "_id.to": 1 } }] },
    {
      name: "place_names",
      // Neither letter case nor accents count.
      options: { collation: { locale: "en", strength: 1 } },
      documents: data.placeNames,
      indexes: [{ key: { common: 1 } }, { key: { cca3: 1, language: 1 }, unique: true }],
    },
    { name: "outlines", options: {}, documents: data.outlines, indexes: [] },
  ];
}

const COUNTRY_SCHEMA = {
  bsonType: "object",
  required: ["name", "cca3", "latlng"],
  properties: {
    cca3: { bsonType: "string", pattern: "^[A-Z]{3}$" },
    latlng: { bsonType: "array", minItems: 2, maxItems: 2 },
  },
};

async function loadCollection(
  db: Db,
  { name, options, documents, indexes }: LoadedCollection,
  stop: AbortSignal,
): Promise<void> {
  const collection = await db.createCollection(name, options);
  for (let start = 0; start < documents.length; start += BATCH_DOCUMENTS) {
    stop.throwIfAborted();
    await collection.insertMany(documents.slice(start, start + BATCH_DOCUMENTS));
  }
  stop.throwIfAborted();
  if (indexes.length > 0) await collection.createIndexes([...indexes]);
}
