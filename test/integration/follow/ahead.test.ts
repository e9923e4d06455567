/** The destination already has something that the source got later than the changes that are still to come. */
import { type Db, Double } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CliRun } from "../../support/cli-fixture.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import { type Keyed, startStreaming } from "../../support/following/reach-streaming.ts";

const PROMPTLY = { timeout: 30_000, interval: 100 };
const HERE = { type: "Point", coordinates: [1, 2] };
const SECRET = "behind the old mill";

let fixture: FollowFixture;
let shop: Db;
let store: Db;
let run: CliRun | null = null;

beforeAll(async () => {
  fixture = await openFollowFixture();
  shop = fixture.sourceClient.db("shop");
  store = fixture.destinationClient.db("store");
});

beforeEach(async () => {
  const { sourceClient, destinationClient } = fixture;
  for (const name of ["shop", "crm"]) await sourceClient.db(name).dropDatabase();
  for (const name of ["store", "crm", "mongoferry"])
    await destinationClient.db(name).dropDatabase();
  await sourceClient.db("crm").collection("users").insertOne({ a: 1 });
  await shop.collection<Keyed>("places").insertOne({ _id: 0, place: HERE });
});

afterEach(async () => {
  run?.kill("SIGTERM");
  await run;
  run = null;
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

async function start(): Promise<void> {
  ({ run } = await startStreaming(fixture));
}

/** Does what the program then finds as having happened meanwhile. */
async function whileAway(work: () => Promise<void>): Promise<void> {
  run?.kill("SIGKILL");
  await run;
  await work();
  run = fixture.start();
}

async function isEqual(): Promise<void> {
  if (run === null) throw new Error("nothing runs");
  expect(await fixture.waitUntilEqual(run)).toEqual([]);
}

async function namesOfIndexes(): Promise<readonly unknown[]> {
  return (await store.collection("places").indexes()).map(({ name }) => name);
}

async function readFollowing(): Promise<{ readonly status: string; readonly message: string }> {
  const found = await fixture.destinationClient.db("mongoferry").collection("migrations").findOne();
  const conditions = (found?.["conditions"] ?? []) as { type: string }[];
  const following = conditions.find(({ type }) => type === "Following");
  return { status: "none", message: "", ...following };
}

describe("an index of the source's future", () => {
  it("I4 does not keep out what changes until then, where it does not take it", async () => {
    await start();
    await whileAway(async () => {
      const places = shop.collection<Keyed>("places");
      for (let n = 1; n <= 20; n++) await places.insertOne({ _id: n, place: SECRET });
      await places.updateOne({ _id: 0 }, { $set: { place: SECRET } });
      // Ends the window, though it is no concern of the migration.
      await shop.createCollection("tmp_between");
      await places.updateMany({ _id: { $lt: 15 } }, { $set: { place: HERE } });
      await places.deleteMany({ _id: { $gte: 15 } });
      await places.createIndex({ place: "2dsphere" });
    });
    await isEqual();
    expect(await namesOfIndexes()).toEqual(["_id_", "place_2dsphere"]);
  });

  it("is built once the documents are those that it was built for", async () => {
    await shop.collection<Keyed>("places").insertOne({ _id: 1, place: SECRET });
    await start();
    await whileAway(async () => {
      await shop.collection<Keyed>("places").updateOne({ _id: 1 }, { $set: { place: HERE } });
      await shop.collection("places").createIndex({ place: "2dsphere" });
    });
    await expect.poll(namesOfIndexes, PROMPTLY).toEqual(["_id_", "place_2dsphere"]);
    await isEqual();
  });
});

describe("an index that somebody has made at the destination", () => {
  it("holds up what it does not take, until it is dropped; nothing tells what the document holds", async () => {
    await start();
    await store.collection("places").createIndex({ place: "2dsphere" });
    await shop.collection<Keyed>("places").insertMany([
      { _id: 1, place: HERE },
      { _id: 2, place: SECRET },
      { _id: 3, place: HERE },
    ]);
    await expect.poll(async () => (await readFollowing()).status, PROMPTLY).toBe("false");
    const { message } = await readFollowing();
    expect(message).toContain("store.places");
    expect(message).toContain("16755");
    const stored = await fixture.destinationClient
      .db("mongoferry")
      .collection("migrations")
      .findOne();
    expect(JSON.stringify(stored)).not.toContain(SECRET);
    await store.collection("places").dropIndex("place_2dsphere");
    await expect.poll(async () => store.collection("places").countDocuments(), PROMPTLY).toBe(4);
    await isEqual();
  });
});

describe("a capped collection", () => {
  it("I4 takes a key in the form in which it comes, whatever form is there already", async () => {
    await shop.createCollection("ring", { capped: true, size: 100_000 });
    await start();
    await whileAway(async () => {
      await shop.collection<Keyed>("ring").insertMany([{ _id: 1 }, { _id: 2 }]);
      await store
        .collection<{ _id: Double }>("ring")
        .insertOne({ _id: new Double(1) }, { ignoreUndefined: true });
    });
    await isEqual();
  });
});
