import { type Db, Long, MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compareSides } from "../../../../dev/demo/compare-sides.ts";
import { type BorrowedSet, borrowSet } from "../../../support/borrow-set.ts";

let servers: BorrowedSet;
let client: MongoClient;
let source: Db;
let target: Db;

beforeAll(async () => {
  servers = await borrowSet("destination");
  client = await MongoClient.connect(servers.uri);
  source = client.db("world");
  target = client.db("gazetteer");
});

afterAll(async () => {
  await client?.close();
});

beforeEach(async () => {
  await Promise.all([source.dropDatabase(), target.dropDatabase()]);
  await Promise.all([fill(source, "borders"), fill(target, "neighbours")]);
  await source.collection("tmp_log").insertOne({});
});

describe("compareSides", () => {
  it("finds equal sides equal, under new names and without what is excluded", async () => {
    expect(await compare()).toEqual({ neighbours: [], large: [] });
  });

  it("finds a number of another type, which reads the same", async () => {
    await target.collection("neighbours").updateOne({ n: 2 }, { $set: { n: Long.fromNumber(2) } });
    expect(await compare()).toHaveProperty("neighbours", ["documents differ from number 3 on"]);
  });

  it("finds a document that is missing, and one too many", async () => {
    await target.collection("neighbours").deleteOne({ n: 4 });
    expect(await compare()).toHaveProperty("neighbours", ["documents differ from number 5 on"]);
    await target.collection("neighbours").insertMany([{ _id: 4 as never, n: 4 }, { n: 9 }]);
    expect(await compare()).toHaveProperty("neighbours", ["documents differ from number 6 on"]);
  });

  it("finds indexes and options that differ", async () => {
    await target.collection("neighbours").dropIndex("n_1");
    await target.collection("neighbours").createIndex({ n: 1 }, { sparse: true });
    await target.command({ collMod: "neighbours", validator: { n: { $type: "int" } } });
    expect(await compare()).toHaveProperty("neighbours", ["options differ", "indexes differ"]);
  });

  it("finds a view of another definition, though it shows the same", async () => {
    await target.collection("large").drop();
    await target.createCollection("large", {
      viewOn: "other",
      pipeline: [{ $match: { n: { $gte: 3.5 } } }],
    });
    expect(await compare()).toHaveProperty("large", ["options differ"]);
  });

  it("finds what is missing altogether, and what should not be there", async () => {
    await target.collection("neighbours").rename("borders");
    expect(await compare()).toEqual({
      neighbours: ["missing"],
      large: [],
      borders: ["should not be there"],
    });
  });
});

async function fill(db: Db, name: string): Promise<void> {
  const documents = Array.from({ length: 5 }, (_, n) => ({ _id: n as never, n }));
  await db.collection(name).insertMany(documents);
  await db.collection(name).createIndex({ n: 1 });
  await db.createCollection("large", { viewOn: "other", pipeline: [{ $match: { n: 3 } }] });
}

async function compare(): Promise<Record<string, readonly string[]>> {
  const sides = {
    source,
    target,
    renamed: new Map([["borders", "neighbours"]]),
    isExcluded: (name: string) => name.startsWith("tmp_"),
  };
  const objects = await compareSides(sides, new AbortController().signal);
  return Object.fromEntries(objects.map((object) => [object.target, object.differences]));
}
