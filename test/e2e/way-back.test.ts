/** After a cutover, the new primary's changes are followed back to the old one: nothing is copied, and nothing is lost. */
import type { MongoClient } from "mongodb";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readDatabase } from "../support/compare-databases.ts";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import { type Keyed, startStreaming } from "../support/following/reach-streaming.ts";
import type { CliRun } from "../support/cli-fixture.ts";

const OBJECTS =
  'objects: [{database: shop, as: store, collections: ["*", {name: orders, as: orders_v2}], exclude: ["tmp_*"]}]';
const FORWARD = ["mode: full-and-incremental", OBJECTS];
const CUTOVER = ["desiredState: cutover", "cutover: {quietSeconds: 1, blockSourceWrites: true}"];
const DOCUMENTS = 1_000;
const SOON = { timeout: 60_000, interval: 200 };

let fixture: FollowFixture;
let oldShop: ReturnType<MongoClient["db"]>;
let newStore: ReturnType<MongoClient["db"]>;

beforeAll(async () => {
  fixture = await openFollowFixture();
  oldShop = fixture.sourceClient.db("shop");
  newStore = fixture.destinationClient.db("store");
  const orders = oldShop.collection<Keyed>("orders");
  await orders.insertMany(Array.from({ length: DOCUMENTS }, (_, n) => ({ _id: n, number: n })));
  await orders.createIndex({ number: 1 }, { unique: true });
  await oldShop.collection<Keyed>("users").insertOne({ _id: "una" });
  await oldShop.collection<Keyed>("gone").insertOne({ _id: 1 });
  await oldShop.collection<Keyed>("tmp_here").insertOne({ _id: "stays at the old one" });
  await fixture.cli.writeSpec("follow", FORWARD);
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

it("I3 I6 brings everything back that was written since the cutover, and is cut over itself", async () => {
  const { run } = await startStreaming(fixture);
  await writeBack([]);
  const looping = await fixture.cli.start(["validate"]);
  expect([looping.exitCode, looping.stdout]).toEqual([1, expect.stringContaining("reverse-loop")]);
  await rm(backFile());
  await fixture.cli.editSpec("follow", [...FORWARD, ...CUTOVER]);
  const forward = await run;
  expect(forward.exitCode, forward.stderr).toBe(0);

  // The application has moved, and writes before anybody thinks of the way back.
  const orders = newStore.collection<Keyed>("orders_v2");
  await orders.insertOne({ _id: DOCUMENTS, number: DOCUMENTS });
  await orders.updateOne({ _id: 1 }, { $set: { touched: true } });
  await orders.deleteOne({ _id: 2 });
  await newStore.collection<Keyed>("fresh").insertOne({ _id: 1, at: "the new one" });
  await newStore.collection("gone").drop();

  await writeBack([]);
  const blocked = await fixture.cli.start(["precheck", "back"]);
  expect([blocked.exitCode, blocked.stdout]).toEqual([
    4,
    expect.stringContaining("source refuses the writes of its users"),
  ]);
  const refused = await fixture.cli.start(["apply", "back"]);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining("To undo that, run there: db.adminCommand"),
  ]);
  await fixture.sourceClient.db("admin").command({ setUserWriteBlockMode: 1, global: false });
  const plan = await fixture.cli.start(["plan", "back"]);
  expect(plan.exitCode, plan.stderr).toBe(0);
  expect(plan.stdout).toContain("fresh");
  expect(plan.stdout).not.toMatch(/[+~] .*orders/u);

  const back = fixture.cli.start(["apply", "back"]);
  await expect.poll(async () => stateOf(back), SOON).toBe("Streaming");
  await expect
    .poll(async () => oldShop.collection("orders").countDocuments(), SOON)
    .toBe(DOCUMENTS);
  await expect.poll(async () => oldShop.collection("fresh").countDocuments(), SOON).toBe(1);
  const named = await oldShop.listCollections({}, { nameOnly: true }).toArray();
  expect(named.map(({ name }) => name).toSorted()).toEqual([
    "fresh",
    "orders",
    "tmp_here",
    "users",
  ]);
  expect(await oldShop.collection<Keyed>("orders").findOne({ _id: 1 })).toMatchObject({
    touched: true,
  });

  await orders.updateMany({}, { $inc: { later: 1 } });
  await writeBack(CUTOVER);
  const { exitCode, stderr } = await back;
  expect([exitCode, await readBackPhase()], stderr).toEqual([0, "Completed"]);
  await oldShop
    .collection("tmp_here")
    .drop()
    .catch(() => {});
  const there = await readDatabase(fixture.destinationClient, "store");
  const here = await readDatabase(fixture.sourceClient, "shop");
  const { orders_v2: moved, ...others } = there;
  const { tmp_here: _stays, ...came } = here;
  expect(came).toEqual({ ...others, orders: moved });
}, 180_000);

function backFile(): string {
  return join(fixture.cli.directory, "migrations", "back.yaml");
}

async function writeBack(lines: readonly string[]): Promise<void> {
  const spec = [
    "apiVersion: mongoferry.dev/v1",
    "kind: Migration",
    "metadata: {name: back}",
    "spec:",
    "  mode: full-and-incremental",
    "  reverse: {of: follow}",
    "  source: {connection: destination}",
    "  destination: {connection: source}",
    ...lines.map((line) => `  ${line}`),
    "",
  ];
  await writeFile(backFile(), spec.join("\n"));
}

async function readBackPhase(): Promise<string> {
  const migrations = fixture.sourceClient.db("mongoferry").collection<Keyed>("migrations");
  const found = await migrations.findOne({ _id: "back" });
  return String(found?.["phase"]);
}

async function stateOf(run: CliRun): Promise<string> {
  if (run.exitCode !== null) return String((await run).stderr);
  return readBackPhase();
}
