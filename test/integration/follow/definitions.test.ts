/** What there is at the source changes in every way while one process follows it. */
import type { Db, Document } from "mongodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CliRun } from "../../support/cli-fixture.ts";
import { compareFollowed } from "../../support/following/compare-followed.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import {
  type Keyed,
  refuseEnded,
  startStreaming,
} from "../../support/following/reach-streaming.ts";

const PROMPTLY = { timeout: 15_000, interval: 100 };

let fixture: FollowFixture;
let run: CliRun;
/** `store` has what is in `shop`; `crm` is called the same at both ends; `attic` is no part of the migration. */
let shop: Db;
let crm: Db;
let attic: Db;
let store: Db;
let crmCopy: Db;

beforeAll(async () => {
  fixture = await openFollowFixture();
  const { sourceClient, destinationClient } = fixture;
  [shop, crm, attic] = [sourceClient.db("shop"), sourceClient.db("crm"), sourceClient.db("attic")];
  [store, crmCopy] = [destinationClient.db("store"), destinationClient.db("crm")];
  await insert(shop, "first", 3);
  await insert(crm, "first", 3);
  ({ run } = await startStreaming(fixture));
});

afterEach(async () => {
  await refuseEnded(run);
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

describe("indexes with effects", () => {
  it("are plain at the destination, and what would violate them for a moment is no problem", async () => {
    await insert(shop, "effects", 2);
    await shop.collection("effects").createIndexes([
      { key: { u: 1 }, name: "u_1", unique: true, sparse: true },
      { key: { at: 1 }, name: "at_1", expireAfterSeconds: 0 },
      { key: { seen: 1 }, name: "seen_1", expireAfterSeconds: 3_600 },
      { key: { h: 1 }, name: "h_1", hidden: true },
    ]);
    await expect
      .poll(async () => indexesOf(store, "effects"), PROMPTLY)
      .toEqual({
        _id_: { key: { _id: 1 } },
        u_1: { key: { u: 1 }, sparse: true },
        at_1: { key: { at: 1 } },
        seen_1: { key: { seen: 1 } },
        h_1: { key: { h: 1 } },
      });
    const collection = shop.collection<Keyed>("effects");
    await collection.updateOne({ _id: 0 }, { $set: { u: "a" } });
    await collection.updateOne({ _id: 1 }, { $set: { u: "b" } });
    for (let round = 0; round < 51; round++) {
      // Whoever writes both as they are behind this gives one the value that the other still has.
      const [mine, others] = round % 2 === 0 ? ["a", "b"] : ["b", "a"];
      await collection.updateOne({ _id: 0 }, { $set: { u: "between" } });
      await collection.updateOne({ _id: 1 }, { $set: { u: mine } });
      await collection.updateOne({ _id: 0 }, { $set: { u: others } });
    }
    await isEqual();
  });

  it("come and go, also under a name that another had", async () => {
    await insert(shop, "indexed", 5);
    const collection = shop.collection("indexed");
    await collection.createIndexes([
      { key: { a: 1 }, name: "a" },
      { key: { b: 1, a: -1 }, name: "ba", partialFilterExpression: { a: { $gt: 1 } } },
      { key: { "$**": 1 }, name: "all" },
      { key: { t: "text" }, name: "text", default_language: "german" },
    ]);
    await isEqual();
    await expect
      .poll(async () => Object.keys(await indexesOf(store, "indexed")), PROMPTLY)
      .toEqual(["_id_", "a", "all", "ba", "text"]);
    await collection.dropIndex("a");
    await collection.createIndex({ c: -1 }, { name: "a", collation: { locale: "de" } });
    await expect
      .poll(async () => (await indexesOf(store, "indexed"))["a"]?.["key"], PROMPTLY)
      .toEqual({ c: -1 });
    await isEqual();
    await shop.command({ dropIndexes: "indexed", index: "*" });
    await expect
      .poll(async () => Object.keys(await indexesOf(store, "indexed")), PROMPTLY)
      .toEqual(["_id_"]);
    await isEqual();
  });
});

describe("options", () => {
  it("give a capped collection more room than at its source, and keep its order", async () => {
    await shop.createCollection("ring", { capped: true, size: 4_096, max: 10 });
    // A copy has only what is left when it reads.
    await isEqual();
    for (let n = 0; n < 100; n++) await shop.collection("ring").insertOne({ n });
    const last = Array.from({ length: 10 }, (_, n) => 90 + n);
    expect(await numbersOf(shop, "ring")).toEqual(last);
    // Servers from 5.0 on tell what a capped collection forgets, as deletions; before, the destination keeps it.
    await expect
      .poll(async () => (await numbersOf(store, "ring")).slice(-10), PROMPTLY)
      .toEqual(last);
    const kept = await numbersOf(store, "ring");
    expect(kept).toEqual(kept.map((_, at) => 100 - kept.length + at));
    const options = await optionsOf(store, "ring");
    expect(options).toMatchObject({ capped: true });
    expect(options).not.toHaveProperty("max");
    expect(options?.["size"]).toBeGreaterThan(4_096);
    await isEqual();
  });

  it("with a validator do not stop documents that the source has all the same", async () => {
    const validator = { a: { $type: "int" } };
    await shop.createCollection("warned", { validator, validationAction: "warn" });
    await shop.createCollection("strict", { validator });
    const bypass = { bypassDocumentValidation: true };
    for (const coll of ["warned", "strict"]) {
      const collection = shop.collection<Keyed>(coll);
      await collection.insertOne({ _id: 1, a: "text" }, bypass);
      await collection.insertOne({ _id: 2, a: "text" }, bypass);
      await collection.updateOne({ _id: 1 }, { $set: { a: null } }, bypass);
      await collection.replaceOne({ _id: 2 }, { a: [] }, bypass);
    }
    await expect
      .poll(async () => store.collection("strict").find().sort({ _id: 1 }).toArray(), PROMPTLY)
      .toEqual([
        { _id: 1, a: null },
        { _id: 2, a: [] },
      ]);
    expect(await optionsOf(store, "strict")).toMatchObject({ validator });
    await isEqual();
  });

  it("are altered as those of the source are, but for what waits", async () => {
    await insert(shop, "altered", 3);
    await shop.collection("altered").createIndexes([
      { key: { n: 1 }, name: "n" },
      { key: { at: 1 }, name: "at", expireAfterSeconds: 86_400 },
    ]);
    const alter = async (changes: Document): Promise<void> => {
      await shop.command({ collMod: "altered", ...changes });
    };
    const becomes = async (options: Document): Promise<void> => {
      await expect.poll(async () => optionsOf(store, "altered"), PROMPTLY).toEqual(options);
      await isEqual();
    };
    const validator = { n: { $gte: 0 } };
    await alter({ validator, validationLevel: "moderate", validationAction: "warn" });
    await becomes({ validator, validationLevel: "moderate", validationAction: "warn" });
    await alter({ changeStreamPreAndPostImages: { enabled: true } });
    await alter({ validator: {}, validationLevel: "strict", validationAction: "error" });
    await expect
      .poll(async () => optionsOf(store, "altered"), PROMPTLY)
      .toMatchObject({ changeStreamPreAndPostImages: { enabled: true } });
    await isEqual();
    await alter({ changeStreamPreAndPostImages: { enabled: false } });
    await expect
      .poll(async () => optionsOf(store, "altered"), PROMPTLY)
      .not.toHaveProperty("changeStreamPreAndPostImages");
    await isEqual();
    await alter({ index: { name: "n", hidden: true } });
    await alter({ index: { name: "at", expireAfterSeconds: 1 } });
    await shop.collection("altered").insertOne({ at: new Date(Date.now() + 86_400_000) });
    await isEqual();
    expect(await indexesOf(store, "altered")).toEqual({
      _id_: { key: { _id: 1 } },
      n: { key: { n: 1 } },
      at: { key: { at: 1 } },
    });
    await alter({ index: { name: "n", hidden: false } });
    await isEqual();
  });

  it("turn a collection into a capped one", async () => {
    await insert(shop, "converted", 20);
    await isEqual();
    await shop.command({ convertToCapped: "converted", size: 1_048_576 });
    await shop.collection("converted").insertOne({ n: 99 });
    await expect
      .poll(async () => optionsOf(store, "converted"), PROMPTLY)
      .toMatchObject({ capped: true });
    await isEqual();
    expect(await store.collection("converted").countDocuments()).toBe(21);
  });
});

describe("names", () => {
  it("move within a database without another copy, also over a collection that is there", async () => {
    await insert(shop, "before", 5);
    await insert(shop, "victim", 7);
    await isEqual();
    const uuid = await uuidOf(store, "before");
    await shop.renameCollection("before", "behind");
    await shop.collection("behind").insertOne({ late: true });
    await isEqual();
    expect(await uuidOf(store, "behind")).toBe(uuid);
    await shop.renameCollection("behind", "victim", { dropTarget: true });
    await shop.collection("victim").insertOne({ later: true });
    await isEqual();
    expect(await uuidOf(store, "victim")).toBe(uuid);
  });

  it("are swapped", async () => {
    await insert(shop, "left", 5);
    await insert(shop, "right", 7);
    await isEqual();
    await shop.renameCollection("left", "swapping");
    await shop.renameCollection("right", "left");
    await shop.renameCollection("swapping", "right");
    await shop.collection("left").insertOne({ side: "left" });
    await shop.collection("right").insertOne({ side: "right" });
    await isEqual();
    expect(await store.collection("left").countDocuments()).toBe(8);
    expect(await store.collection("right").countDocuments()).toBe(6);
  });

  it("move across databases", async () => {
    await insert(shop, "travelling", 5);
    await isEqual();
    await renameAcross("shop.travelling", "crm.travelling");
    await crm.collection("travelling").insertOne({ there: true });
    await isEqual();
    expect(await crmCopy.collection("travelling").countDocuments()).toBe(6);
    expect(await uuidOf(store, "travelling")).toBeUndefined();
  });

  it("move out of the selection and into it", async () => {
    await insert(shop, "leaving", 5);
    await insert(shop, "tmp_draft", 6);
    await insert(attic, "found", 7);
    await isEqual();
    await shop.renameCollection("leaving", "tmp_left");
    await shop.renameCollection("tmp_draft", "draft");
    await renameAcross("attic.found", "shop.found");
    await shop.collection("draft").insertOne({ here: true });
    await shop.collection("found").insertOne({ here: true });
    await isEqual();
    expect(await store.collection("draft").countDocuments()).toBe(7);
    expect(await store.collection("found").countDocuments()).toBe(8);
    expect(await namesOf(store)).not.toContain("leaving");
    await renameAcross("shop.found", "attic.gone");
    await isEqual();
    expect(await namesOf(store)).not.toContain("found");
    // Only what is selected is ever there.
    expect((await namesOf(store)).filter((name) => name.startsWith("tmp_"))).toEqual([]);
  });
});

describe("what is dropped", () => {
  it("is dropped, and made anew with what it then is", async () => {
    await insert(shop, "phoenix", 50);
    await shop.collection("phoenix").createIndex({ n: 1 });
    await isEqual();
    await shop.collection("phoenix").drop();
    await shop.createCollection("phoenix", { collation: { locale: "en", strength: 2 } });
    await insert(shop, "phoenix", 3);
    await isEqual();
    expect(await store.collection("phoenix").countDocuments()).toBe(3);
    expect(await optionsOf(store, "phoenix")).toHaveProperty("collation");
    await shop.collection("phoenix").drop();
    await expect.poll(async () => namesOf(store), PROMPTLY).not.toContain("phoenix");
  });

  it("may be a whole database, and what the destination has otherwise stays", async () => {
    await insert(crm, "contacts", 5);
    await insert(crm, "deals", 5);
    await isEqual();
    const kept = await namesOf(store);
    await crm.dropDatabase();
    await expect.poll(async () => namesOf(crmCopy), PROMPTLY).toEqual([]);
    expect(await namesOf(store)).toEqual(kept);
    await insert(crm, "first", 2);
    await isEqual();
    expect(await crmCopy.collection("first").countDocuments()).toBe(2);
  });
});

describe("views", () => {
  it("come, change, give way to collections, and go", async () => {
    await insert(shop, "viewed", 9);
    await shop.createCollection("few", { viewOn: "viewed", pipeline: [{ $match: { n: 1 } }] });
    await isEqual();
    expect(await store.collection("few").countDocuments()).toBe(1);
    await shop.command({
      collMod: "few",
      viewOn: "viewed",
      pipeline: [{ $match: { n: { $lt: 4 } } }],
    });
    await isEqual();
    expect(await store.collection("few").countDocuments()).toBe(4);
    await shop.collection("few").drop();
    await insert(shop, "few", 2);
    await isEqual();
    expect(await optionsOf(store, "few")).not.toHaveProperty("viewOn");
    await shop.collection("few").drop();
    await shop.createCollection("few", { viewOn: "viewed", pipeline: [] });
    await isEqual();
    expect(await store.collection("few").countDocuments()).toBe(9);
    await shop.collection("few").drop();
    await isEqual();
    expect(await namesOf(store)).not.toContain("few");
  });

  it("take turns with collections of their names, faster than anyone looks", async () => {
    await insert(shop, "base", 3);
    for (let round = 0; round < 60; round++) {
      await shop.createCollection("turning", { viewOn: "base", pipeline: [] });
      await shop.collection("turning").drop();
      await insert(shop, "turning", 20);
      await shop.collection("turning").drop();
    }
    await shop.createCollection("turning", { viewOn: "base", pipeline: [] });
    // Any round leaves what the last one does: only a change behind it tells that all are applied.
    await shop.collection("base").insertOne({ n: 4 });
    await isEqual();
    expect(await store.collection("turning").countDocuments()).toBe(4);
  });
});

describe("documents that expire", () => {
  it("stay at the destination until the source deletes them", async () => {
    const admin = fixture.sourceClient.db("admin");
    await admin.command({ setParameter: 1, ttlMonitorEnabled: false });
    try {
      await shop.collection("expiring").createIndex({ at: 1 }, { expireAfterSeconds: 0 });
      await shop.collection("expiring").insertOne({ at: new Date(0) });
      await expect
        .poll(async () => store.collection("expiring").countDocuments(), PROMPTLY)
        .toBe(1);
      const passes = await ttlPasses();
      await expect.poll(ttlPasses, { timeout: 75_000, interval: 500 }).toBeGreaterThan(passes + 1);
      expect(await store.collection("expiring").countDocuments()).toBe(1);
    } finally {
      await admin.command({ setParameter: 1, ttlMonitorEnabled: true });
    }
    await expect.poll(async () => store.collection("expiring").countDocuments(), PROMPTLY).toBe(0);
    await isEqual();
  }, 120_000);
});

async function isEqual(): Promise<void> {
  await expect
    .poll(
      async () =>
        compareFollowed(
          fixture.sourceClient,
          fixture.destinationClient,
          { shop: "store", crm: "crm" },
          (db, coll) => db === "crm" || !coll.startsWith("tmp_"),
        ),
      PROMPTLY,
    )
    .toEqual([]);
}

async function insert(db: Db, coll: string, count: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, n) => ({ _id: n, n, text: `of ${coll}` }));
  await db.collection<Keyed>(coll).insertMany(documents);
}

async function renameAcross(from: string, to: string): Promise<void> {
  await fixture.sourceClient.db("admin").command({ renameCollection: from, to });
}

async function namesOf(db: Db): Promise<readonly string[]> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray();
  return found
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("system."))
    .toSorted();
}

async function describeCollection(db: Db, coll: string): Promise<Document | undefined> {
  const [found] = await db.listCollections({ name: coll }).toArray();
  return found;
}

async function optionsOf(db: Db, coll: string): Promise<Document | undefined> {
  return (await describeCollection(db, coll))?.["options"];
}

async function uuidOf(db: Db, coll: string): Promise<string | undefined> {
  return (await describeCollection(db, coll))?.["info"]?.["uuid"]?.toString();
}

/** By name, without what all have. */
async function indexesOf(db: Db, coll: string): Promise<Readonly<Record<string, Document>>> {
  const found = await db.collection(coll).listIndexes().toArray();
  const named = found.map(({ v: _v, name, ...rest }) => [String(name), rest] as const);
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function numbersOf(db: Db, coll: string): Promise<readonly unknown[]> {
  const found = await db.collection(coll).find().sort({ $natural: 1 }).toArray();
  return found.map(({ n }) => n);
}

/** How often the destination has looked for what has expired. */
async function ttlPasses(): Promise<number> {
  const { metrics } = await fixture.destinationClient.db("admin").command({ serverStatus: 1 });
  return Number(metrics.ttl.passes);
}
