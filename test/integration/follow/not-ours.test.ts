/** What a run that follows its source leaves alone, whatever happens to the spec and to the names (I8). */
import { type Db, type Document, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import type { CliRun } from "../../support/cli-fixture.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import { startStreaming } from "../../support/following/reach-streaming.ts";

const PROMPTLY = { timeout: 20_000, interval: 100 };

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
  for (const name of ["shop", "crm", "mongoferry"]) await sourceClient.db(name).dropDatabase();
  for (const name of ["store", "shop", "crm", "mongoferry"]) {
    await destinationClient.db(name).dropDatabase();
  }
  await shop.collection("orders").insertOne({ a: 1 });
  await shop.collection("items").insertOne({ a: 1 });
});

afterEach(async () => {
  run?.kill("SIGTERM");
  await run;
  run = null;
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

/** Wrapped: a run is a promise itself. */
async function follow(objects: string): Promise<{ readonly started: CliRun }> {
  await fixture.cli.writeSpec("follow", ["mode: full-and-incremental", `objects: ${objects}`]);
  const { run: started } = await startStreaming(fixture);
  run = started;
  return { started };
}

async function stop({ started }: { readonly started: CliRun }): Promise<void> {
  started.kill("SIGTERM");
  await started;
}

describe("I8 what the spec does not mean any more", () => {
  it("stays as it is, and is followed no more", async () => {
    await stop(await follow("[{database: shop, as: store}]"));
    await store.collection("orders").insertOne({ ofTheApplication: 1 });
    await follow("[{database: shop, as: store, exclude: [orders]}]");
    await shop.collection("orders").insertOne({ b: 1 });
    await shop.collection("items").insertOne({ b: 1 });
    await expect.poll(async () => store.collection("items").countDocuments(), PROMPTLY).toBe(2);
    expect(await store.collection("orders").countDocuments()).toBe(2);
    expect(await store.collection("orders").findOne({ ofTheApplication: 1 })).not.toBeNull();
  });

  it("stays under its old name when it gets another one", async () => {
    await stop(await follow("[{database: shop, as: store}]"));
    await store.collection("orders").insertOne({ ofTheApplication: 1 });
    await follow('[{database: shop, as: store, collections: [{name: orders, as: sales}, "*"]}]');
    await expect.poll(async () => store.collection("sales").countDocuments(), PROMPTLY).toBe(1);
    expect(await store.collection("orders").countDocuments()).toBe(2);
  });
});

describe("I8 a collection of somebody else", () => {
  it("is not replaced because the spec once allowed to replace what stood there", async () => {
    const { started } = await follow(
      '[{database: shop, as: store, collections: [{name: orders, onExisting: replace}, "*"]}]',
    );
    await shop.collection("orders").drop();
    await expect
      .poll(async () => store.listCollections({ name: "orders" }).toArray(), PROMPTLY)
      .toEqual([]);
    await store.collection("orders").insertOne({ precious: 1 });
    await shop.collection("orders").insertOne({ anew: 1 });
    const { exitCode, stdout } = await started;
    expect([exitCode, String(stdout)]).toEqual([1, expect.stringContaining("shop.orders")]);
    expect(await store.collection("orders").findOne()).toMatchObject({ precious: 1 });
  });

  it("is not dropped where it is a view under the name of one that this migration has made", async () => {
    await shop.createCollection("rich", { viewOn: "orders" });
    const { started } = await follow("[{database: shop, as: store}]");
    let said = "";
    started.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await store.collection("rich").drop();
    await store.createCollection("rich", { viewOn: "items", pipeline: [{ $match: { own: 1 } }] });
    await shop.collection("rich").drop();
    await shop.createCollection("behind");
    const copied = () => store.listCollections({ name: "behind" }).toArray();
    await expect.poll(copied, PROMPTLY).toHaveLength(1);
    const [left] = await store.listCollections({ name: "rich" }).toArray();
    expect(left).toMatchObject({ options: { viewOn: "items" } });
    expect(said).toContain("store.rich stays as it is");
  });

  it("is not replaced by a view whose definition has changed at the source", async () => {
    await shop.createCollection("rich", { viewOn: "orders" });
    const { started } = await follow("[{database: shop, as: store}]");
    await store.collection("rich").drop();
    await store.createCollection("rich", { viewOn: "items", pipeline: [{ $match: { own: 1 } }] });
    await shop.command({ collMod: "rich", viewOn: "orders", pipeline: [{ $match: { a: 1 } }] });
    const { exitCode, stdout } = await started;
    expect([exitCode, String(stdout)]).toEqual([1, expect.stringContaining("shop.rich")]);
    const [left] = await store.listCollections({ name: "rich" }).toArray();
    expect(left).toMatchObject({ options: { viewOn: "items" } });
  });

  it("is not taken for a target because it is in the metadata database, and a pattern means that too", async () => {
    await follow('[{database: "*"}]');
    const { sourceClient, destinationClient } = fixture;
    await sourceClient.db("mongoferry").collection("journal").insertOne({ foreign: 1 });
    await sourceClient.db("mongoferry").collection("other").insertOne({ foreign: 1 });
    await shop.collection("behind").insertOne({ a: 1 });
    const copied = destinationClient.db("shop").collection("behind");
    await expect.poll(async () => copied.countDocuments(), PROMPTLY).toBe(1);
    const metadata = destinationClient.db("mongoferry");
    expect(await metadata.collection("journal").countDocuments()).toBe(0);
    expect(await metadata.listCollections({ name: "other" }).toArray()).toEqual([]);
  });
});

describe("I8 another deployment of the same name", () => {
  it("is refused also where the account may not read which one it is", async () => {
    await stop(await follow("[{database: shop, as: store}]"));
    const checkpoints = fixture.destinationClient.db("mongoferry").collection("checkpoints");
    const { sourceIdentity } = (await checkpoints.findOne()) as Document;
    // As an account without the right stores it.
    const [name] = String(sourceIdentity).split(" ");
    await checkpoints.updateOne({}, { $set: { sourceIdentity: name } });
    const another = await startReplicaSet({ name: "source" });
    try {
      await using client = await MongoClient.connect(another.uri);
      await client.db("shop").collection("other").insertOne({ staging: 1 });
      const { exitCode, stderr } = await fixture.start({ source: another.uri });
      expect([exitCode, String(stderr)]).toEqual([
        1,
        expect.stringContaining("it may be another deployment that is called source"),
      ]);
    } finally {
      await another.stop();
    }
    expect(await store.collection("orders").countDocuments()).toBe(1);
  });
});
