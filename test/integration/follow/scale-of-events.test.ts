/** Events as large, as many and as hot as a server makes them. */
import { BSON, type Collection } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CliRun } from "../../support/cli-fixture.ts";
import { extent } from "../../support/extent.ts";
import { compareFollowed } from "../../support/following/compare-followed.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import {
  type Keyed,
  refuseEnded,
  startStreaming,
} from "../../support/following/reach-streaming.ts";

const LARGEST_BYTES = 16 * 1024 * 1024;
const MANY = extent(200_000, 1_000_000);
const MANY_AT_ONCE = 50_000;
const HOT_UPDATES = extent(20_000, 100_000);
const HOT_CLIENTS = 4;
const HOT_AT_ONCE = 500;

let fixture: FollowFixture;
let run: CliRun;

beforeAll(async () => {
  fixture = await openFollowFixture();
  await collectionOf("crm", "users").insertOne({ _id: 1 });
  const many = collectionOf("shop", "many");
  for (let from = 0; from < MANY; from += MANY_AT_ONCE) {
    const batch = Array.from({ length: MANY_AT_ONCE }, (_, n) => ({ _id: from + n }));
    await many.insertMany(batch, { ordered: false });
  }
  ({ run } = await startStreaming(fixture));
}, 180_000);

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

describe("events of an unusual scale", () => {
  it("I5 are documents as large as a server takes, inserted, updated, replaced and deleted", async () => {
    const large = collectionOf("crm", "large");
    const ids = ["inserted", "updated", "replaced", "deleted", "grown"];
    await large.insertOne({ _id: "grown", filler: "" });
    for (const id of ids.slice(0, 4)) await large.insertOne(largest(id, "a"));
    await large.updateOne(
      { _id: "updated" },
      { $set: { filler: largest("updated", "b")["filler"] } },
    );
    await large.updateOne({ _id: "grown" }, { $set: { filler: largest("grown", "c")["filler"] } });
    await large.replaceOne({ _id: "replaced" }, largest("replaced", "d"));
    await isEqual();
    await large.deleteOne({ _id: "deleted" });
    await large.updateMany({}, { $bit: { n: { xor: 1 } } });
    await isEqual();
    expect(await large.countDocuments()).toBe(4);
    await large.deleteMany({});
    await isEqual();
  }, 120_000);

  it("I5 are a transaction of 1,000 operations over two collections", async () => {
    const [orders, items] = [collectionOf("crm", "orders"), collectionOf("crm", "items")];
    await orders.insertOne({ _id: "first" });
    await items.insertOne({ _id: "first" });
    await fixture.sourceClient.withSession(async (session) =>
      session.withTransaction(async () => {
        for (let n = 0; n < 400; n++) {
          const into = n % 2 === 0 ? orders : items;
          await into.insertOne({ _id: n, text: "x".repeat(1_000) }, { session });
          await into.updateOne({ _id: n }, { $set: { n } }, { session });
          if (n % 2 === 0) await into.deleteOne({ _id: n - 2 * (n % 8) }, { session });
        }
      }),
    );
    await isEqual();
  });

  it("I5 are one document that many clients update at once", async () => {
    const hot = collectionOf("crm", "hot");
    await hot.insertOne({ _id: 1, count: 0 });
    await Promise.all(
      Array.from({ length: HOT_CLIENTS }, async () => {
        const updateOne = { filter: { _id: 1 }, update: { $inc: { count: 1 } } };
        const updates = Array.from({ length: HOT_AT_ONCE }, () => ({ updateOne }));
        for (let n = 0; n < HOT_UPDATES / HOT_CLIENTS; n += HOT_AT_ONCE) {
          await hot.bulkWrite(updates);
        }
      }),
    );
    await isEqual();
    const copy = fixture.destinationClient.db("crm").collection("hot");
    expect(await copy.findOne()).toEqual({ _id: 1, count: HOT_UPDATES });
  }, 120_000);

  it(`I5 are the deletion of ${MANY} documents`, async () => {
    const copy = fixture.destinationClient.db("store").collection("many");
    expect(await copy.estimatedDocumentCount()).toBe(MANY);
    await collectionOf("shop", "many").deleteMany({ _id: { $ne: MANY / 2 } });
    await expect
      .poll(async () => copy.estimatedDocumentCount(), { timeout: 90_000, interval: 200 })
      .toBe(1);
    await isEqual({ shop: "store" });
    await refuseEnded(run);
  }, 180_000);
});

function collectionOf(db: string, coll: string): Collection<Keyed> {
  return fixture.sourceClient.db(db).collection(coll);
}

function largest(id: string, filler: string): Keyed {
  const room = LARGEST_BYTES - BSON.calculateObjectSize({ _id: id, filler: "", n: 1 });
  return { _id: id, filler: filler.repeat(room), n: 1 };
}

/** By default all but the many documents, which take long to read. */
async function isEqual(
  databases: Readonly<Record<string, string>> = { crm: "crm" },
): Promise<void> {
  await refuseEnded(run);
  await expect
    .poll(
      async () =>
        compareFollowed(fixture.sourceClient, fixture.destinationClient, databases, () => true),
      { timeout: 60_000, interval: 500 },
    )
    .toEqual([]);
}
