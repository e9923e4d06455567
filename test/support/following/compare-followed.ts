/** An exact comparison of databases whose changes are followed. Shares no code with the product. */
import { BSON, type Document, type MongoClient } from "mongodb";
import { createHash } from "node:crypto";

interface Contents {
  readonly type: string;
  readonly options: Document;
  /** By name, as canonical extended JSON. */
  readonly indexes: ReadonlyMap<string, string>;
  /** Of each document in `_id` order, or of a capped collection in the order of insertion: a hash of its bytes. */
  readonly documents: readonly string[];
}

/**
 * What differs, in words; empty: nothing.
 *
 * @param databases - Names at the source and at the destination.
 * @param isSelected - Which collections of the source are wanted.
 */
export async function compareFollowed(
  source: MongoClient,
  destination: MongoClient,
  databases: Readonly<Record<string, string>>,
  isSelected: (database: string, collection: string) => boolean,
): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const [from, to] of Object.entries(databases)) {
    const wanted = await readContents(source, from, (name) => isSelected(from, name));
    const found = await readContents(destination, to, () => true);
    for (const name of new Set([...wanted.keys(), ...found.keys()])) {
      differences.push(
        ...compare(wanted.get(name), found.get(name)).map((each) => `${to}.${name}: ${each}`),
      );
    }
  }
  return differences;
}

function compare(wanted: Contents | undefined, found: Contents | undefined): readonly string[] {
  if (wanted === undefined) return ["is not at the source"];
  if (found === undefined) return ["is missing"];
  const isCapped = wanted.options.capped === true;
  const options = [text(comparableOptions(wanted)), text(comparableOptions(found))];
  return [
    ...(options[0] === options[1] ? [] : [`options ${options[1]} instead of ${options[0]}`]),
    ...compareIndexes(whileFollowed(wanted.indexes), found.indexes),
    ...(isCapped
      ? compareTail(wanted.documents, found.documents)
      : compareDocuments(wanted.documents, found.documents)),
  ];
}

function compareDocuments(wanted: readonly string[], found: readonly string[]): readonly string[] {
  if (wanted.length === found.length && wanted.every((each, at) => each === found[at])) return [];
  const here = new Set(found);
  const there = new Set(wanted);
  const missing = wanted.filter((each) => !here.has(each));
  const extra = found.filter((each) => !there.has(each));
  const shown = [...missing.map((each) => `-${each}`), ...extra.map((each) => `+${each}`)];
  return [
    `${wanted.length} documents at the source, ${found.length} here, ${missing.length} missing or other, ${extra.length} extra or other: ${shown.slice(0, 4).join(" ")}`,
  ];
}

/** The destination forgets later. */
function compareTail(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const tail = wanted.length === 0 ? [] : found.slice(-wanted.length);
  return compareDocuments(wanted, tail).map((each) => `at the end, ${each}`);
}

function compareIndexes(
  wanted: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((name) => {
    const [a, b] = [wanted.get(name), found.get(name)];
    return a === b ? [] : [`index ${name}: ${b ?? "none"} instead of ${a ?? "none"}`];
  });
}

/** Two of the workload's indexes that differ in nothing else do not occur. */
function whileFollowed(indexes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...indexes].map(([name, json]) => {
      const index = JSON.parse(json) as Document;
      if (index["clustered"] === true) return [name, json];
      const { unique: _u, hidden: _h, expireAfterSeconds: _e, ...rest } = index;
      return [name, sorted(rest)];
    }),
  );
}

function comparableOptions({ options, type }: Contents): Document {
  const { size: _s, max: _m, expireAfterSeconds: _e, ...rest } = options;
  return { type, ...(options.capped === true ? rest : options) };
}

async function readContents(
  client: MongoClient,
  name: string,
  isSelected: (collection: string) => boolean,
): Promise<ReadonlyMap<string, Contents>> {
  const db = client.db(name);
  const contents = new Map<string, Contents>();
  const reply = await db.command({ listCollections: 1, cursor: { batchSize: 10_000 } });
  for (const { name: coll, type, options } of reply.cursor.firstBatch) {
    if (coll.startsWith("system.") || !isSelected(coll)) continue;
    const isView = type === "view";
    contents.set(coll, {
      type,
      options,
      indexes: isView ? new Map() : await readIndexes(client, name, coll),
      documents: isView ? [] : await readDocuments(client, name, coll, options.capped === true),
    });
  }
  return contents;
}

async function readIndexes(
  client: MongoClient,
  db: string,
  coll: string,
): Promise<ReadonlyMap<string, string>> {
  const indexes = await client.db(db).collection(coll).listIndexes().toArray();
  return new Map(
    indexes.map((index) => [
      String(index.name),
      sorted(JSON.parse(BSON.EJSON.stringify(index, { relaxed: false })) as Document),
    ]),
  );
}

async function readDocuments(
  client: MongoClient,
  db: string,
  coll: string,
  isCapped: boolean,
): Promise<readonly string[]> {
  const found = client.db(db).collection(coll).find({}, { raw: true });
  const cursor = isCapped ? found.sort({ $natural: 1 }) : found.sort({ _id: 1 });
  const documents: string[] = [];
  for await (const raw of cursor) {
    const bytes = raw as unknown as Uint8Array;
    const { _id } = BSON.deserialize(bytes, { promoteValues: false });
    const hash = createHash("sha256").update(bytes).digest("hex");
    documents.push(`${BSON.EJSON.stringify({ _id }, { relaxed: false })}#${hash.slice(0, 16)}`);
  }
  return documents;
}

function sorted(document: Document): string {
  return text(
    Object.fromEntries(Object.entries(document).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
}

function text(value: Document): string {
  return JSON.stringify(value);
}
