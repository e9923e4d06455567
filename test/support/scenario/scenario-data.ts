/** What stands at one end before a scenario begins (`source.yaml`, `destination.yaml`), and how it gets there. */
import { BSON, type Document, type MongoClient } from "mongodb";
import { documentSequence } from "../../../src/mongo/document-sequence.ts";
import { hugeDocument, oddDocuments } from "../odd-documents.ts";
import { type Fields, fieldsOf, listOf, toBson } from "./ordered-yaml.ts";

const COLLECTION_FIELDS = [
  "options",
  "indexes",
  "documents",
  "raw",
  "repeat",
  "oddDocuments",
  "hugeDocuments",
  "levels",
];

/** One command of a scenario. */
export interface ScenarioCommand {
  readonly database: string;
  readonly command: Fields;
}

export interface ScenarioData {
  readonly collections: readonly ScenarioCollection[];
  /** Run after all collections are there. */
  readonly commands: readonly ScenarioCommand[];
}

interface ScenarioCollection {
  readonly db: string;
  readonly coll: string;
  /** Of `create`; null where inserting creates the collection, as with `system.js`. */
  readonly options: Fields | null;
  readonly indexes: readonly unknown[];
  readonly documents: readonly Uint8Array[];
}

export const NO_DATA: ScenarioData = { collections: [], commands: [] };

export function readScenarioData(value: unknown, place: string): ScenarioData {
  const fields = fieldsOf(value, place, ["databases", "commands"]);
  const databases = fieldsOf(fields.get("databases") ?? new Map(), `${place}: databases`, null);
  const collections = [...databases].flatMap(([db, inner]) =>
    [...fieldsOf(inner, `${place}: ${db}`, null)].map(([coll, described]) =>
      readCollection(db, coll, fieldsOf(described, `${place}: ${db}.${coll}`, COLLECTION_FIELDS)),
    ),
  );
  return { collections, commands: readCommands(fields.get("commands"), place) };
}

export function readCommands(value: unknown, place: string): ScenarioCommand[] {
  return listOf(value, `${place}: commands`).map((entry) => {
    const fields = fieldsOf(entry, `${place}: commands`, ["database", "command"]);
    return {
      database: String(fields.get("database")),
      command: toBson(fieldsOf(fields.get("command"), `${place}: command`, null)) as Fields,
    };
  });
}

function readCollection(db: string, coll: string, fields: Fields): ScenarioCollection {
  const place = `${db}.${coll}`;
  const options = fields.get("options");
  return {
    db,
    coll,
    options: coll.startsWith("system.")
      ? null
      : ((toBson(options) as Fields | undefined) ?? new Map()),
    indexes: listOf(fields.get("indexes"), place).map(toBson),
    documents: [
      ...listOf(fields.get("documents"), place).map((document) =>
        BSON.serialize(toBson(document) as Document, { ignoreUndefined: false }),
      ),
      ...listOf(fields.get("raw"), place).map((hex) => Buffer.from(String(hex), "hex")),
      ...repeated(fields.get("repeat"), place),
      ...(fields.get("oddDocuments") === true ? oddDocuments().values() : []),
      ...Array.from({ length: Number(fields.get("hugeDocuments") ?? 0) }, (_, id) =>
        hugeDocument(-1 - id),
      ),
      ...(fields.has("levels") ? [nestedDocument(Number(fields.get("levels")))] : []),
    ],
  };
}

/** `{count, document}`: that many of the document, with `_id` and `n` from 0. */
function repeated(value: unknown, place: string): Uint8Array[] {
  if (value === undefined) return [];
  const fields = fieldsOf(value, `${place}: repeat`, ["count", "document"]);
  const document = toBson(fields.get("document") ?? new Map()) as Fields;
  return Array.from({ length: Number(fields.get("count")) }, (_, n) =>
    BSON.serialize(new Map<string, unknown>([["_id", n], ["n", n], ...document])),
  );
}

function nestedDocument(levels: number): Uint8Array {
  let value: Document = { deepest: true };
  for (let level = 2; level < levels; level++) value = { inner: value };
  return BSON.serialize({ _id: "deep", value });
}

/** Creates all of it, in the order of the file. Validators are bypassed: data may break them. */
export async function loadScenarioData(client: MongoClient, data: ScenarioData): Promise<void> {
  for (const { db, coll, options, indexes, documents } of data.collections) {
    const database = client.db(db);
    if (options !== null) {
      await database.command({ create: coll, ...Object.fromEntries(options) });
    }
    for (const batch of batchesOf(documents)) await insertRaw(client, { db, coll }, batch);
    if (indexes.length > 0) await database.command({ createIndexes: coll, indexes });
  }
  await runCommands(client, data.commands);
}

export async function runCommands(
  client: MongoClient,
  commands: readonly ScenarioCommand[],
): Promise<void> {
  for (const { database, command } of commands) {
    const reply = await client.db(database).command(Object.fromEntries(command));
    if (reply.writeErrors !== undefined) throw new Error(JSON.stringify(reply.writeErrors));
  }
}

/** By bytes: the driver's serializer cannot write every document. */
async function insertRaw(
  client: MongoClient,
  { db, coll }: { readonly db: string; readonly coll: string },
  documents: readonly Uint8Array[],
): Promise<void> {
  const reply = await client.db(db).command({
    insert: coll,
    documents: documentSequence("documents", Buffer.concat(documents)),
    bypassDocumentValidation: true,
  });
  if (reply.writeErrors !== undefined) throw new Error(JSON.stringify(reply.writeErrors));
}

/** What one command can carry. */
const BATCH_BYTES = 20 * 1024 * 1024;

function batchesOf(documents: readonly Uint8Array[]): Uint8Array[][] {
  const batches: Uint8Array[][] = [];
  let room = 0;
  for (const document of documents) {
    if (document.length > room) {
      batches.push([]);
      room = BATCH_BYTES;
    }
    batches.at(-1)?.push(document);
    room -= document.length;
  }
  return batches;
}
