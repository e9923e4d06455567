/** Data that is hard to keep: each byte arrives, or the document is named. */
import type { MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import { canKeepEmptyTimestamps } from "../../../src/mongo/empty-timestamps.ts";
import { insertDocuments, type WriteDestination } from "../../../src/mongo/insert-documents.ts";
import { replaceDocuments } from "../../../src/mongo/replace-documents.ts";
import { keyOfDocument, splitDocuments } from "../../../src/mongo/raw-bson.ts";
import { WriteSessions } from "../../../src/mongo/write-sessions.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";
import { hugeDocument, oddDocuments } from "../../support/odd-documents.ts";
import {
  binary,
  doc,
  EMPTY_TIMESTAMP,
  field,
  int32,
  nested,
  text,
} from "../../support/raw-values.ts";

const SHOP = { database: "shop", as: "store", collections: null, functions: true, exclude: [] };
const ODD = { db: "store", coll: "odd" };

let source: BorrowedSet;
let destination: BorrowedSet;
let ends: CopyFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  ends = await openCopyFixture(source.uri, destination.uri);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await ends.sourceClient.db("shop").dropDatabase();
  await ends.destinationClient.db("store").dropDatabase();
  await ends.destinationClient.db("mongoferry").dropDatabase();
});

describe("odd data", () => {
  it("arrives byte for byte", async () => {
    const odd = storable();
    for (const [name, document] of odd) await store(document, name);
    const expected = hexOf(odd.map(([, document]) => document));
    expect(await readHex(ends.sourceClient, "shop")).toEqual(expected);
    await copy();
    expect(await readHex(ends.destinationClient, "store")).toEqual(expected);
  });

  it("arrives at 16 MiB exactly, with and without an empty timestamp", async () => {
    const huge = [hugeDocument(1), hugeDocument(2, 0, field(0x11, "t", EMPTY_TIMESTAMP))];
    for (const document of huge) await store(document, "16 MiB");
    await copy();
    const arrived = await readRaw(ends.destinationClient, "store");
    expect(arrived.map((document, at) => Buffer.compare(document, huge[at] ?? doc()))).toEqual([
      0, 0,
    ]);
  });

  it("arrives where a collection cannot be divided, since no driver can send its keys", async () => {
    const rest = field(5, "b", binary(0, Buffer.alloc(3_000, 1)));
    const documents = Array.from({ length: 12_000 }, (_, at) => {
      const pointer = Buffer.concat([text("shop.carts"), Buffer.alloc(8), int32(at)]);
      return doc(field(0x0c, "_id", pointer), rest);
    });
    for (let from = 0; from < documents.length; from += 4_000) {
      await store(Buffer.concat(documents.slice(from, from + 4_000)), "pointers");
    }
    await copy();
    expect(await readHex(ends.destinationClient, "store")).toEqual(hexOf(documents));
  });

  it("is replaced byte for byte where another form of it is there", async () => {
    const odd = storable().map(([, document]) => document);
    const others = odd.map((document) => {
      const key = keyOfDocument(document);
      return doc(key.subarray(4, key.length - 1), field(0x10, "other", int32(1)));
    });
    const writes = await openWrites();
    const target = { namespace: ODD, hasValidator: false };
    await insertDocuments(writes, target, Buffer.concat(others));
    await replaceDocuments(writes, target, odd);
    expect(await readHex(ends.destinationClient, "store")).toEqual(hexOf(odd));
  });

  it("is replaced at 16 MiB exactly, with and without an empty timestamp", async () => {
    const huge = [hugeDocument(1), hugeDocument(2, 0, field(0x11, "t", EMPTY_TIMESTAMP))];
    const writes = await openWrites();
    const target = { namespace: ODD, hasValidator: false };
    await insertDocuments(writes, target, Buffer.concat([plain(1), plain(2)]));
    await replaceDocuments(writes, target, huge);
    const arrived = await readRaw(ends.destinationClient, "store");
    const sorted = arrived.toSorted((a, b) => a.readInt32LE(9) - b.readInt32LE(9));
    expect(sorted.map((document, at) => Buffer.compare(document, huge[at] ?? doc()))).toEqual([
      0, 0,
    ]);
  });

  it("finds the documents that are there already, beside empty timestamps", async () => {
    const writes = { ...writesOf("6.0.5"), client: ends.destinationClient };
    const target = { namespace: ODD, hasValidator: false };
    await insertDocuments(writes, target, Buffer.concat([plain(2), plain(5)]));
    const batch = Buffer.concat([special(1), plain(2), special(3), plain(4), plain(5)]);
    expect(await insertDocuments(writes, target, batch)).toEqual(new Set([1, 4]));
    expect(await readHex(ends.destinationClient, "store")).toEqual(hexOf(splitDocuments(batch)));
  });

  it("names the one document for which the destination refuses a whole command", async () => {
    // More levels than servers take for BSON at all.
    const refused = doc(field(0x10, "_id", int32(77)), field(3, "d", nested(210)));
    const fine = [1, 2, 3, 99].map((id) => doc(field(0x10, "_id", int32(id))));
    const writes = { ...writesOf(destination.version), client: ends.destinationClient };
    const target = { namespace: ODD, hasValidator: false };
    const batch = Buffer.concat([...fine.slice(0, 3), refused, ...fine.slice(3)]);
    await expect(insertDocuments(writes, target, batch)).rejects.toMatchObject({
      object: "store.odd",
      key: '{"$numberInt":"77"}',
      isRetryable: false,
    });
  });

  it("names the document that the destination refuses, without trying again", async () => {
    const refused = doc(
      field(3, "_id", doc(field(0x10, "$x", int32(1)))),
      field(0x10, "a", int32(1)),
    );
    const fine = doc(field(0x10, "_id", int32(1)));
    const writes = { ...writesOf(destination.version), client: ends.destinationClient };
    const target = { namespace: ODD, hasValidator: false };
    const batch = Buffer.concat([fine, refused]);
    await expect(insertDocuments(writes, target, batch)).rejects.toMatchObject({
      object: "store.odd",
      key: '{"$x":{"$numberInt":"1"}}',
      isRetryable: false,
    });
  });
});

/** As a process writes that has the lease. */
async function openWrites(): Promise<WriteDestination> {
  const client = ends.destinationClient;
  const sessions = new WriteSessions(client, "mongoferry", { migration: "odd", epoch: 1 });
  await sessions.fenceEarlier();
  return { ...writesOf(destination.version), client, sessions };
}

/** Servers before 5.0 refuse names with `$` at the top level themselves, and in replacements everywhere. */
function storable(): (readonly [string, Uint8Array])[] {
  const isOld = source.version.startsWith("4.");
  return [...oddDocuments()].filter(([name]) => !isOld || !/\$|operator|reference/u.test(name));
}

function plain(id: number): Uint8Array {
  return doc(field(0x10, "_id", int32(id)));
}

function special(id: number): Uint8Array {
  return doc(field(0x10, "_id", int32(id)), field(0x11, "t", EMPTY_TIMESTAMP));
}

async function copy(): Promise<void> {
  const plan = await ends.plan(migrationOf("odd", [SHOP]));
  const lease = await ends.store.acquireLease("odd");
  await copyCollections(plan, await ends.tools(lease, plan));
  await lease.release();
}

/** As an application of any age may have: written so that the source keeps it as it is. */
async function store(document: Uint8Array, name: string): Promise<void> {
  const writes = { ...writesOf(source.version), client: ends.sourceClient };
  const target = { namespace: { db: "shop", coll: "odd" }, hasValidator: false };
  const duplicates = await insertDocuments(writes, target, document);
  expect(duplicates.size, name).toBe(0);
}

function writesOf(version: string) {
  return {
    sessions: null,
    validatedDatabases: new Set<string>(),
    comparesUuids: true,
    keepsEmptyTimestamps: canKeepEmptyTimestamps(version),
  };
}

async function readRaw(client: MongoClient, db: string): Promise<Buffer[]> {
  const found = await client.db(db).collection("odd").find({}, { raw: true }).toArray();
  return found.map((raw) => Buffer.from(raw as unknown as Uint8Array));
}

async function readHex(client: MongoClient, db: string): Promise<string[]> {
  return hexOf(await readRaw(client, db));
}

function hexOf(documents: Iterable<Uint8Array>): string[] {
  return [...documents].map((raw) => Buffer.from(raw).toString("hex")).toSorted();
}
