/** All that a deployment holds, read without the product's code. Equal values mean equal bytes. */
import { BSON, type Document, type MongoClient } from "mongodb";
import { createHash } from "node:crypto";

/** What a collection or view consists of. */
export interface ObjectContents {
  readonly type: string;
  /** Each option as canonical extended JSON. */
  readonly options: Readonly<Record<string, string>>;
  /** Raw descriptions as hex, by name. */
  readonly indexes: Readonly<Record<string, string>>;
  /** Key and digest of each document: of views what they show, of time-series collections their buckets. */
  readonly documents: readonly ReadDocument[];
}

export interface ReadDocument {
  readonly key: string;
  readonly digest: string;
}

export type DeploymentContents = Readonly<Record<string, ObjectContents>>;

const OWN_DATABASES: ReadonlySet<string> = new Set(["admin", "config", "local", "mongoferry"]);

export async function listUserDatabases(client: MongoClient): Promise<readonly string[]> {
  const { databases } = await client.db("admin").command({ listDatabases: 1, nameOnly: true });
  const names = (databases as readonly { readonly name: string }[]).map(({ name }) => name);
  return names.filter((name) => !OWN_DATABASES.has(name));
}

/** By namespace. Functions are the collection `system.js`; other system collections belong to what they stand behind. */
export async function readDeployment(client: MongoClient): Promise<DeploymentContents> {
  const contents: Record<string, ObjectContents> = {};
  for (const db of await listUserDatabases(client)) {
    const listed = await client
      .db(db)
      .command({ listCollections: 1, cursor: { batchSize: 100_000 } });
    for (const { name, type, options } of listed.cursor.firstBatch) {
      if (name.startsWith("system.") && name !== "system.js") continue;
      const read = await readObject(client, { db, name, type, options });
      // Servers never drop `system.js`: an empty one is what functions that were removed leave.
      if (name !== "system.js" || read.documents.length > 0) contents[`${db}.${name}`] = read;
    }
  }
  return contents;
}

interface Listed {
  readonly db: string;
  readonly name: string;
  readonly type: string;
  readonly options: Document;
}

async function readObject(
  client: MongoClient,
  { db, name, type, options }: Listed,
): Promise<ObjectContents> {
  const stored = type === "timeseries" ? `system.buckets.${name}` : name;
  // Of capped collections, the order in which documents lie is what must be kept.
  const sort = type === "view" || options.capped === true ? { $natural: 1 } : { _id: 1 };
  return {
    type,
    options: Object.fromEntries(
      Object.entries(options).map(([key, value]) => [key, canonical(value)]),
    ),
    indexes: type === "view" ? {} : await readIndexes(client, db, name),
    documents: await readDocuments(client.db(db), stored, type === "view" ? {} : sort),
  };
}

async function readIndexes(
  client: MongoClient,
  db: string,
  coll: string,
): Promise<Readonly<Record<string, string>>> {
  const raws = await client.db(db).collection(coll).listIndexes({ raw: true }).toArray();
  return Object.fromEntries(
    (raws as unknown as Uint8Array[]).map((raw) => [
      String(BSON.deserialize(raw).name),
      Buffer.from(raw).toString("hex"),
    ]),
  );
}

/** Only the key is looked at; the other fields need not be text that can be read. */
const KEY_OPTIONS = {
  promoteValues: false,
  bsonRegExp: true,
  validation: { utf8: false },
} as const;

async function readDocuments(
  db: ReturnType<MongoClient["db"]>,
  coll: string,
  sort: Document,
): Promise<readonly ReadDocument[]> {
  const documents: ReadDocument[] = [];
  const cursor = db.collection(coll).find({}, { raw: true, sort });
  for await (const raw of cursor as unknown as AsyncIterable<Uint8Array>) {
    const key = BSON.deserialize(raw, KEY_OPTIONS)._id as unknown;
    documents.push({
      key: canonical(key),
      digest: createHash("sha256").update(raw).digest("base64"),
    });
  }
  return documents;
}

export function canonical(value: unknown): string {
  return BSON.EJSON.stringify({ value }, { relaxed: false }).slice('{"value":'.length, -1);
}
