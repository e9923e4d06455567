/** The command line against two replica sets, as a user would run it. */
import { MongoClient, UUID } from "mongodb";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../dev/mongod/replica-set.ts";
import {
  type CliFixture,
  type CliRun,
  hasPrinted,
  openCliFixture,
} from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";

const PASSWORD = "p@ss/w:rd%41-planted";
const FULL = ["mode: full", "objects: [{database: shop, as: store}]"];

let source: ReplicaSet;
let destination: ReplicaSet;
let sourceClient: MongoClient;
let destinationClient: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startReplicaSet({ name: "source", auth: { username: "root", password: PASSWORD } }),
    startReplicaSet({ name: "destination", args: ["--setParameter", "enableTestCommands=1"] }),
  ]);
  [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
});

afterAll(async () => {
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
  await Promise.all([source?.stop(), destination?.stop()]);
});

beforeEach(async () => {
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await Promise.all([
    sourceClient.db("shop").dropDatabase(),
    destinationClient.db("store").dropDatabase(),
    destinationClient.db("mongoferry").dropDatabase(),
  ]);
  const shop = sourceClient.db("shop");
  await shop.collection("orders").insertMany(
    Array.from({ length: 3_000 }, (_, i) => ({
      _id: i as never,
      customer: i % 50,
      total: i / 4,
    })),
  );
  await shop.collection("orders").createIndex({ customer: 1, total: -1 }, { unique: true });
  await shop.collection("customers").insertOne({ name: "Ada" });
  await shop.createCollection("rich", { viewOn: "orders", pipeline: [{ $match: { total: 700 } }] });
});

afterEach(async () => {
  await delayWrites(0);
  await cli[Symbol.asyncDispose]();
});

describe("apply", () => {
  it("ends with failures where an index cannot be built, and builds only that afterwards", async () => {
    await cli.writeSpec("shop", FULL);
    const admin = destinationClient.db("admin");
    await admin.command({
      configureFailPoint: "failCommand",
      // The pass over all indexes, and the one over this.
      mode: { times: 2 },
      data: { failCommands: ["createIndexes"], namespace: "store.orders", errorCode: 85 },
    });
    const first = await cli.start(["apply"]);
    expect(first.exitCode, first.stderr).toBe(1);
    expect(first.stdout.replaceAll(/\s+/g, " ")).toContain(
      "Completed with failures: 1 index could not be built: store.orders, index customer_1_total_-1 (the server refuses it (code 85, IndexOptionsConflict))",
    );
    const status = await cli.start(["status"]);
    expect(status.stdout).toContain("IndexesBuilt");
    expect(status.stdout).toContain("customer_1_total_-1");

    const planned = await cli.start(["plan", "--output", "json"]);
    expect(JSON.parse(planned.stdout)).toMatchObject({
      plan: { actions: [{ kind: "create-index", index: "customer_1_total_-1" }] },
    });
    const second = await cli.start(["apply"]);
    expect(second.exitCode, second.stderr).toBe(0);
    const store = destinationClient.db("store");
    expect(await store.collection("orders").indexExists("customer_1_total_-1")).toBe(true);
    expect((await cli.start(["plan"])).exitCode).toBe(0);
    expect((await cli.start(["status"])).stdout).toContain("all indexes are built");
  });

  it("compares again when a missing index was built by hand, and says so in the repository too", async () => {
    await cli.writeSpec("shop", FULL);
    await destinationClient.db("admin").command({
      configureFailPoint: "failCommand",
      mode: { times: 2 },
      data: { failCommands: ["createIndexes"], namespace: "store.orders", errorCode: 85 },
    });
    const planned = await cli.start(["plan", "--output", "json"]);
    const { digest } = JSON.parse(planned.stdout).plan;
    expect((await cli.start(["apply", "--plan-digest", digest])).exitCode).toBe(1);
    const statusFile = join(cli.directory, "state/shop/status.yaml");
    expect(await readFile(statusFile, "utf8")).toMatch(/IndexesBuilt\n\s+status: "false"/u);

    const orders = destinationClient.db("store").collection("orders");
    await orders.createIndex({ customer: 1, total: -1 }, { unique: true });
    for (const _ of ["compares", "has nothing to do"]) {
      const applied = await cli.start(["apply", "--plan-digest", digest]);
      expect(applied.exitCode, applied.stderr).toBe(0);
    }
    const status = await cli.start(["status", "--output", "json"]);
    const { conditions } = JSON.parse(status.stdout) as { readonly conditions: readonly object[] };
    expect(conditions).toContainEqual({
      type: "IndexesBuilt",
      status: "true",
      message: "all indexes are built",
    });
    expect(conditions).toContainEqual({
      type: "Verified",
      status: "true",
      message: expect.stringContaining("all equal"),
    });
    expect(await readFile(statusFile, "utf8")).toMatch(/IndexesBuilt\n\s+status: "true"/u);
  });

  it("moves everything, commits its state, and finds nothing to do afterwards", async () => {
    await cli.writeSpec("shop", FULL);
    const first = await cli.start(["apply"]);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stdout).toContain("3 objects compared (full), all equal");
    expect(await readDatabase(destinationClient, "store")).toEqual(
      await readDatabase(sourceClient, "shop"),
    );
    const log = await cli.git("log", "--format=%s");
    expect(log.split("\n")).toEqual([
      "mongoferry: shop is Completed [skip ci]",
      "mongoferry: shop is Verifying [skip ci]",
      "mongoferry: shop is Copying [skip ci]",
      "mongoferry: shop is Prechecking [skip ci]",
      "spec shop",
    ]);
    expect(await readdir(join(cli.directory, "state/shop"))).toEqual([
      "events",
      "plan.json",
      "report.html",
      "report.md",
      "status.yaml",
    ]);

    const again = await cli.start(["apply"]);
    expect([again.exitCode, again.stdout]).toEqual([0, "Completed, and the plan has no changes"]);
    const plan = await cli.start(["plan", "--detailed-exitcode"]);
    expect(plan.exitCode).toBe(0);
    expect(plan.stdout).toContain("nothing to do, 3 objects copied before");
  });

  it("says with plan --detailed-exitcode that there are changes, and applies exactly that plan", async () => {
    await cli.writeSpec("shop", FULL);
    const plan = await cli.start(["plan", "--detailed-exitcode", "--output", "json"]);
    expect(plan.exitCode, plan.stderr).toBe(2);
    const { digest } = JSON.parse(plan.stdout).plan;
    const applied = await cli.start(["apply", "--plan-digest", digest]);
    expect(applied.exitCode, applied.stderr).toBe(0);
    // A job that runs a second time finds that all is done.
    const again = await cli.start(["apply", "--plan-digest", digest]);
    expect([again.exitCode, again.stdout]).toEqual([0, "Completed, and the plan has no changes"]);
  });

  it("refuses a plan that no longer holds with exit code 3, says what changed, and changes nothing", async () => {
    await cli.writeSpec("shop", FULL);
    const plan = await cli.start(["plan", "--output", "json"]);
    const { digest } = JSON.parse(plan.stdout).plan;
    await sourceClient.db("shop").collection("orders").createIndex({ total: 1 });
    await sourceClient.db("shop").collection("customers").drop();
    const applied = await cli.start(["apply", "--plan-digest", digest]);
    expect(applied.exitCode).toBe(3);
    expect(applied.stderr).toContain("+ index total_1 of store.orders is new");
    expect(applied.stderr).toContain("collection store.customers");
    expect(await readDatabase(destinationClient, "store")).toEqual({});
    // More documents, on the other hand, are no other plan.
    const current = await cli.start(["plan", "--output", "json"]);
    await sourceClient.db("shop").collection("orders").insertOne({ customer: 99, total: 0.5 });
    const same = await cli.start([
      "apply",
      "--plan-digest",
      JSON.parse(current.stdout).plan.digest,
    ]);
    expect(same.exitCode, same.stderr).toBe(0);
  });

  it("I8 refuses a target that exists with exit code 4, and replaces it only where the spec names it", async () => {
    await destinationClient.db("store").collection("orders").insertOne({ old: true });
    await destinationClient.db("store").collection("mine").insertOne({ keep: true });
    await cli.writeSpec("shop", FULL);
    const refused = await cli.start(["apply"]);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain("store.orders exists at the destination (1 document)");
    expect(await destinationClient.db("store").collection("orders").countDocuments()).toBe(1);

    await cli.writeSpec("shop", [
      "mode: full",
      "objects:",
      "  - database: shop",
      "    as: store",
      "    collections: [{name: orders, onExisting: replace}, '*']",
    ]);
    const plan = await cli.start(["plan"]);
    expect(plan.stdout).toContain("Overwrites store.orders at the destination (1 document)");
    const replaced = await cli.start(["apply"]);
    expect(replaced.exitCode, replaced.stderr).toBe(0);
    const { mine, ...copied } = await readDatabase(destinationClient, "store");
    expect(mine?.documentCount).toBe(1);
    expect(copied).toEqual(await readDatabase(sourceClient, "shop"));
  });

  it("ends completed, but with exit code 1, when the source was written to meanwhile", async () => {
    await cli.writeSpec("shop", FULL);
    await delayWrites(1_000);
    const run = cli.start(["apply", "--output", "json"]);
    await hasPrinted(run, "Copying");
    const writes = writeUntilEnd(run);
    const { exitCode, stdout, stderr } = await run;
    await writes;
    expect(exitCode, stderr).toBe(1);
    const outcome = JSON.parse(stdout);
    expect(outcome.phase).toBe("Completed");
    const orders = outcome.results.find(
      (each: { target: string }) => each.target === "store.orders",
    );
    expect(orders.isEqual).toBe(false);
    expect(outcome.message).toContain("1 of 3 objects differ: store.orders");
    // What nobody wrote to is exact.
    const found = await readDatabase(destinationClient, "store");
    expect(found.customers).toEqual((await readDatabase(sourceClient, "shop")).customers);
  });

  it("goes on after the index build failed, once the reason is gone", async () => {
    await cli.writeSpec("shop", FULL);
    await destinationClient.db("admin").command({
      configureFailPoint: "failCommand",
      mode: "alwaysOn",
      data: { failCommands: ["createIndexes"], errorCode: 14_031, namespace: "store.orders" },
    });
    const failed = await cli.start(["apply"]);
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain("Stalled: create indexes failed on store.orders");
    await delayWrites(0);
    const status = await cli.start(["status", "--output", "json"]);
    expect(JSON.parse(status.stdout).phase).toBe("Stalled");
    const again = await cli.start(["apply"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await readDatabase(destinationClient, "store")).toEqual(
      await readDatabase(sourceClient, "shop"),
    );
  });
});

describe("stopping", () => {
  it("leaves at the first SIGINT with a checkpoint and exit code 75, and goes on later", async () => {
    await cli.writeSpec("shop", FULL);
    await delayWrites(1_500);
    const run = cli.start(["apply"]);
    await hasPrinted(run, "Copying");
    run.kill("SIGINT");
    const { exitCode, stdout, stderr } = await run;
    expect(exitCode, stderr).toBe(75);
    expect(stdout).toContain("Interrupted while Copying");
    const status = await cli.start(["status"]);
    expect(status.stdout).toContain("shop: Copying");
    await delayWrites(0);
    const again = await cli.start(["apply"]);
    expect(again.exitCode, again.stderr).toBe(0);
  });

  it("leaves at once at the second SIGINT", async () => {
    await cli.writeSpec("shop", FULL);
    await delayWrites(20_000);
    const run = cli.start(["apply"]);
    await hasPrinted(run, "Copying");
    run.kill("SIGINT");
    await hasPrinted(run, "Once more to leave at once");
    run.kill("SIGINT");
    expect((await run).exitCode).toBe(130);
  });

  it("I7 lets only one process work on a migration", async () => {
    await cli.writeSpec("shop", FULL);
    await delayWrites(2_000);
    const run = cli.start(["apply"]);
    await hasPrinted(run, "Copying");
    const other = await cli.start(["apply"]);
    expect(other.exitCode).toBe(1);
    expect(other.stderr).toMatch(
      /process \d+ on .* runs this migration and holds its lease until/u,
    );
    expect((await run).exitCode).toBe(0);
  });

  it("stops for good and pauses as the spec desires", async () => {
    await cli.writeSpec("shop", [...FULL, "desiredState: paused"]);
    const paused = await cli.start(["apply"]);
    expect([paused.exitCode, paused.stdout]).toEqual([0, "Paused: desiredState is paused"]);
    await cli.writeSpec("shop", [...FULL, "desiredState: stopped"]);
    const stopped = await cli.start(["apply"]);
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    expect(await readDatabase(destinationClient, "store")).toEqual({});
    await cli.writeSpec("shop", FULL);
    const running = await cli.start(["apply"]);
    expect(running.exitCode, running.stderr).toBe(0);
  });
});

describe("trouble around a migration", () => {
  it("can be stopped while the source cannot be reached", async () => {
    await cli.writeSpec("shop", FULL);
    await delayWrites(1_500);
    const run = cli.start(["apply"]);
    await hasPrinted(run, "Copying");
    run.kill("SIGKILL");
    await run;
    await cli.writeSpec("shop", [...FULL, "desiredState: stopped"]);
    const SOURCE_URI = "mongodb://127.0.0.1:1/?directConnection=true";
    const stopped = await cli.start(["apply"], { SOURCE_URI });
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    expect(stopped.stdout).toContain("Stopped");
    await cli.writeSpec("shop", FULL);
    const blocked = await cli.start(["apply"], { SOURCE_URI });
    expect(blocked.exitCode).toBe(4);
    expect(blocked.stderr).toContain("port-closed");
  });

  it("publishes later what could not be published when it happened", async () => {
    await cli.writeSpec("shop", FULL);
    await cli.git("remote", "add", "origin", join(cli.directory, "nowhere"));
    const first = await cli.start(["apply"]);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stderr).toContain("WARN: State: ");
    await cli.git("remote", "remove", "origin");
    const again = await cli.start(["apply"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await readdir(join(cli.directory, "state/shop/events"))).toHaveLength(4);
    expect(await readdir(join(cli.directory, "state/shop"))).toContain("report.html");
  });

  it("refuses what this version does not do, by name, with exit code 4", async () => {
    const fields = [{ path: "number", keyId: new UUID(), bsonType: "string" }];
    await sourceClient.db("shop").command({ create: "cards", encryptedFields: { fields } });
    await cli.writeSpec("shop", FULL);
    const refused = await cli.start(["precheck"]);
    expect(refused.exitCode).toBe(4);
    expect(refused.stdout).toMatch(/✗ encrypted-fields\s+shop\.cards/u);
    await cli.writeSpec("shop", ["mode: full-and-incremental", ...FULL.slice(1)]);
    for (const command of ["precheck", "plan", "apply"]) {
      expect((await cli.start([command])).exitCode, command).toBe(4);
    }
    expect(await readDatabase(destinationClient, "store")).toEqual({});
  });
});

describe("secrets", () => {
  it("I9 never leave the process: not in output, logs, state, reports or the metadata database", async () => {
    await cli.writeSpec("shop", FULL);
    const wrong = `${source.uri.replace(/\/\/[^@]*@/u, `//root:${encodeURIComponent(`${PASSWORD}x`)}@`)}`;
    const runs = [
      await cli.start(["precheck"], { SOURCE_URI: wrong }),
      await cli.start(["apply", "--log-level", "debug", "--log-format", "json"]),
      await cli.start(["plan", "--output", "json"]),
      await cli.start(["status", "--output", "json"]),
    ];
    const texts = runs.flatMap(({ stdout, stderr }) => [stdout, stderr]);
    texts.push(await cli.git("log", "--patch", "--all"));
    texts.push(await readFile(join(cli.directory, "state/shop/report.html"), "utf8"));
    for (const { name } of await destinationClient.db("mongoferry").listCollections().toArray()) {
      const documents = await destinationClient.db("mongoferry").collection(name).find().toArray();
      texts.push(JSON.stringify(documents));
    }
    expect(runs[1]?.exitCode).toBe(0);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) {
      for (const text of texts) expect(text).not.toContain(secret);
    }
  });
});

/** Makes each insert at the destination take so long; 0 ends that and any other failure that was switched on. */
async function delayWrites(blockTimeMS: number): Promise<void> {
  await destinationClient.db("admin").command({
    configureFailPoint: "failCommand",
    mode: blockTimeMS === 0 ? "off" : "alwaysOn",
    data: {
      failCommands: ["insert"],
      blockConnection: true,
      blockTimeMS,
      namespace: "store.orders",
    },
  });
}

/** Keeps changing one document at the source until the run has ended. */
async function writeUntilEnd(run: CliRun): Promise<void> {
  const orders = sourceClient.db("shop").collection("orders");
  while (run.exitCode === null && run.signalCode === null) {
    await orders.updateOne({ _id: 0 as never }, { $inc: { customer: 1_000 } });
  }
}
