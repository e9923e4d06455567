/** An exact comparison of two databases that shares no code with the product. */
import { BSON, type MongoClient } from "mongodb";
import { createHash } from "node:crypto";

/** What a collection or view consists of; equal values mean equal bytes. */
export interface CollectionContents {
  readonly options: string;
  /** Raw descriptions, sorted. */
  readonly indexes: readonly string[];
  readonly documentCount: number;
  /** SHA-256 over the documents' bytes in `_id` order. */
  readonly documents: string;
}

/** Everything of a database by collection; system collections are left out. */
export async function readDatabase(
  client: MongoClient,
  name: string,
): Promise<Readonly<Record<string, CollectionContents>>> {
  const reply = await client
    .db(name)
    .command({ listCollections: 1, cursor: { batchSize: 10_000 } });
  const contents: Record<string, CollectionContents> = {};
  for (const { name: coll, type, options } of reply.cursor.firstBatch) {
    if (coll.startsWith("system.")) continue;
    const isView = type === "view";
    contents[coll] = {
      options: BSON.EJSON.stringify(options, { relaxed: false }),
      indexes: isView ? [] : await readIndexes(client, name, coll),
      ...(isView ? NO_DOCUMENTS : await readDocuments(client, name, coll)),
    };
  }
  return contents;
}

const NO_DOCUMENTS = { documentCount: 0, documents: "" };

async function readIndexes(client: MongoClient, db: string, coll: string): Promise<string[]> {
  const raws = await client.db(db).collection(coll).listIndexes({ raw: true }).toArray();
  return (raws as unknown as Uint8Array[])
    .map((raw) => Buffer.from(raw).toString("hex"))
    .toSorted();
}

async function readDocuments(
  client: MongoClient,
  db: string,
  coll: string,
): Promise<Pick<CollectionContents, "documentCount" | "documents">> {
  const hash = createHash("sha256");
  let documentCount = 0;
  const cursor = client.db(db).collection(coll).find({}, { raw: true }).sort({ _id: 1 });
  for await (const raw of cursor) {
    hash.update(raw as unknown as Uint8Array);
    documentCount++;
  }
  return { documentCount, documents: hash.digest("hex") };
}
