/** Cutting over to releases that know no `collMod` for unique indexes and sizes of capped collections. */
import { MongoClient } from "mongodb";
import { expect, it } from "vitest";
import { findMatrixMongods } from "../../dev/mongod/matrix-mongods.ts";
import { startOwnSet } from "../support/borrow-set.ts";
import { readDatabase } from "../support/compare-databases.ts";
import { openFollowFixture } from "../support/following/follow-fixture.ts";
import { type Keyed, readPhase, startStreaming } from "../support/following/reach-streaming.ts";

const SPEC = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];

it.each(["5.0.4", "4.4.2"])(
  "a cutover to %s builds unique and expiring indexes anew",
  async (version) => {
    const mongod = (await findMatrixMongods([version])).get(version)!;
    await using destination = await startOwnSet("destination", { mongod });
    await using fixture = await openFollowFixture({ destination });
    // Servers before 5.0 cannot follow what happens to capped collections; those before 6.0 give them no other size.
    const hasLog = version !== "4.4.2";
    await fill(fixture.sourceClient, hasLog);
    await fixture.cli.writeSpec("follow", SPEC);
    const { run } = await startStreaming(fixture);
    await fixture.sourceClient.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    await fixture.cli.editSpec("follow", [
      ...SPEC,
      "desiredState: cutover",
      "cutover: {quietSeconds: 1}",
    ]);
    const { exitCode, stdout, stderr } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([hasLog ? 1 : 0, "Completed"]);
    const indexes = await fixture.destinationClient.db("store").collection("orders").indexes();
    expect(indexes.slice(1).toSorted((a, b) => (a.name! < b.name! ? -1 : 1))).toEqual([
      expect.objectContaining({ name: "at_1", expireAfterSeconds: 3_600 }),
      expect.objectContaining({ name: "number_1", unique: true, sparse: true }),
      expect.objectContaining({ name: "text_1", hidden: true }),
    ]);
    if (hasLog) {
      expect(flat(stdout)).toContain("store.log: the option max stays unset instead of 500");
      expect(flat(stdout)).not.toContain("store.orders");
    }
    const [found, wanted] = await Promise.all([
      readDatabase(fixture.destinationClient, "store"),
      readDatabase(fixture.sourceClient, "shop"),
    ]);
    expect(documentsOf(found)).toEqual(documentsOf(wanted));
  },
);

async function fill(client: MongoClient, hasLog: boolean): Promise<void> {
  const shop = client.db("shop");
  const orders = shop.collection<Keyed>("orders");
  const at = new Date(Date.now() + 3_600_000);
  await orders.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ _id: n, number: n, at })));
  await orders.createIndex({ number: 1 }, { unique: true, sparse: true });
  await orders.createIndex({ at: 1 }, { expireAfterSeconds: 3_600 });
  await orders.createIndex({ text: 1 }, { hidden: true });
  if (!hasLog) return;
  await shop.createCollection("log", { capped: true, size: 102_400, max: 500 });
  const log = shop.collection<Keyed>("log");
  for (let n = 0; n < 600; n++) await log.insertOne({ _id: n });
}

function flat(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}

/** Without options and indexes, which releases write in another order. */
function documentsOf(contents: Awaited<ReturnType<typeof readDatabase>>): unknown {
  return Object.fromEntries(
    Object.entries(contents).map(([name, { documents }]) => [name, documents]),
  );
}
