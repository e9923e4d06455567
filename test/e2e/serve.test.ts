/** A controller that follows a repository, as it runs in a cluster. */
import type { MongoClient } from "mongodb";
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readDatabase } from "../support/compare-databases.ts";
import type { Keyed } from "../support/following/reach-streaming.ts";
import { CONNECTIONS, migrationOf } from "../support/review-fixture.ts";
import { openServeFixture, type ServeFixture, SOON } from "../support/serve-fixture.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

const FULL = ["mode: full", "objects: [{database: shop, as: store}]"];
const FOLLOWED = ["mode: full-and-incremental", ...FULL.slice(1)];
const SHOP = "migrations/shop.yaml";

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ServeFixture;

beforeAll(async () => {
  ends = await openTwoEnds();
  ({ client, there } = ends);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await ends.empty();
  const documents = Array.from({ length: 200 }, (_, n) => ({ _id: n, text: "x".repeat(100) }));
  await client.db("shop").collection<Keyed>("orders").insertMany(documents);
  fixture = await openServeFixture(ends.uris);
  await fixture.push({ "migrations/connections.yaml": CONNECTIONS });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

describe("mongoferry serve", () => {
  it("makes what is pushed so, puts the state into the repository, and rests", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FULL) });
    const run = await fixture.serve();
    expect(await run.probe("/healthz")).toEqual([200, "ok\n"]);
    await expect.poll(() => run.probe("/readyz"), SOON).toEqual([200, "ok\n"]);
    await run.says("shop: Completed");
    await expectEqual("store", "shop");
    expect(await fixture.show("state/shop/status.yaml")).toContain("phase: Completed");
    expect(await fixture.show("state/shop/report.md")).toContain("shop");

    await client.db("crm").collection("people").insertOne({ name: "una" });
    await fixture.push({
      "migrations/crm.yaml": migrationOf("crm", ["mode: full", "objects: [{database: crm}]"]),
    });
    await run.says("crm: Completed");
    expect(run.said().match(/shop: Completed/gu)).toHaveLength(1);
    expect(await run.stop()).toBe(0);
    expect(run.said()).toContain("Stopped");
  });

  it("obeys what is pushed while it follows, without a commit of its own in the way", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const run = await fixture.serve();
    await run.says("shop: Follows the changes of");
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    await expect.poll(() => count("store"), SOON).toBe(201);

    await fixture.push({ [SHOP]: migrationOf("shop", [...FOLLOWED, "desiredState: paused"]) });
    await run.says("shop: Paused");
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -2 });
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    await expect.poll(() => count("store"), SOON).toBe(202);
    expect(await fixture.show("state/shop/status.yaml")).toContain("phase: Streaming");

    expect(await run.stop()).toBe(75);
    const lease = await there.db("mongoferry").collection("leases").findOne();
    expect(lease).toMatchObject({ owner: null });
    await expectEqual("store", "shop");
  });

  it("begins anew with a spec that means something else, while it is at work on it", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const run = await fixture.serve();
    await run.says("shop: Follows the changes of");
    await client.db("crm").collection("people").insertOne({ name: "una" });
    const both = [
      "mode: full-and-incremental",
      "objects: [{database: shop, as: store}, {database: crm}]",
    ];
    await fixture.push({ [SHOP]: migrationOf("shop", both) });
    await run.says("it is begun with anew");
    await expect.poll(() => there.db("crm").collection("people").countDocuments(), SOON).toBe(1);
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    await expect.poll(() => count("store"), SOON).toBe(201);
    expect(await run.stop()).toBe(75);
  });

  it("leaves at once at the second signal", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const run = await fixture.serve();
    await run.says("shop: Follows the changes of");
    run.child.run.kill("SIGTERM");
    run.child.run.kill("SIGINT");
    expect((await run.child.run).exitCode).toBe(130);
  });
});

describe("a remote that does not answer", () => {
  it("is no reason not to answer probes, nor not to stop", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket);
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const run = await fixture.serve({ repository: `http://127.0.0.1:${port}/shop.git` });
    await expect.poll(() => sockets.length, SOON).toBeGreaterThan(0);
    expect((await run.probe("/healthz"))[0]).toBe(200);
    expect(await run.probe("/readyz")).toEqual([503, "the repository is not cloned yet\n"]);
    const toldAtMs = performance.now();
    expect(await run.stop()).toBe(0);
    expect(performance.now() - toldAtMs).toBeLessThan(10_000);
    expect(run.said()).not.toContain("ERROR");
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

describe("what the branch had last", () => {
  it("holds while a spec cannot be read, and one that is gone stops the work and drops nothing", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const run = await fixture.serve();
    await run.says("shop: Follows the changes of");
    await fixture.push({
      [SHOP]: migrationOf("shop", [...FOLLOWED, "desiredState: paused"]),
      "migrations/bad.yaml": "kind: [",
    });
    await run.says("migrations/bad.yaml:1:");
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    await expect.poll(() => count("store"), SOON).toBe(201);
    await fixture.push({ "migrations/bad.yaml": null, [SHOP]: null });
    await run.says("shop: Paused");
    expect(await count("store")).toBe(201);
    expect(await run.stop()).toBe(0);
  });

  it("holds while the branch or the remote is away, which is said once, and goes on by itself", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const run = await fixture.serve();
    await run.says("shop: Follows the changes of");
    const away = join(fixture.root, "away.git");
    await rename(fixture.bare, away);
    await run.says("What it had last holds");
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    await expect.poll(() => count("store"), SOON).toBe(201);
    await rename(away, fixture.bare);
    await run.says("The branch can be read again");

    await fixture.inBare("branch", "--move", "main", "other");
    await run.says("there is no such branch");
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -2 });
    await expect.poll(() => count("store"), SOON).toBe(202);
    await fixture.inBare("branch", "--move", "other", "main");
    await run.says("The branch can be read again", 2);
    expect(run.said().match(/What it had last holds/gu)).toHaveLength(2);
    expect(await run.stop()).toBe(75);
  });

  it("is followed by what was pushed by force, whatever was there before", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const run = await fixture.serve();
    await run.says("shop: Follows the changes of");
    const { author } = fixture;
    await author.git("checkout", "--quiet", "--orphan", "anew");
    await author.editSpec("shop", [...FOLLOWED, "desiredState: paused"]);
    await author.git("rm", "--quiet", "--cached", "migrations/connections.yaml");
    await author.git("add", SHOP);
    await author.git("commit", "--quiet", "--message", "anew");
    await author.git("push", "--quiet", "--force", "origin", "anew:main");
    await run.says("pushed by force");
    await run.says("shop: Paused");
    expect(await run.stop()).toBe(0);
  });

  it("is what an earlier process has fetched, where the remote is away from the beginning", async () => {
    await fixture.push({ [SHOP]: migrationOf("shop", FOLLOWED) });
    const path = ["--path", join(fixture.root, "clone")];
    const first = await fixture.serve({ args: path });
    await first.says("shop: Follows the changes of");
    first.child.run.kill("SIGKILL");
    await first.child.run;
    await rename(fixture.bare, join(fixture.root, "away.git"));
    const second = await fixture.serve({ args: path });
    await second.says("shop: Follows the changes of");
    expect((await second.probe("/readyz"))[0]).toBe(503);
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    await expect.poll(() => count("store"), SOON).toBe(201);
    const third = fixture.author.start(["serve", "--repository", fixture.bare, ...path]);
    const { exitCode, stderr } = await third;
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("keeps its clone there")]);
    expect(await second.stop()).toBe(75);
  });
});

describe("a migration that fails", () => {
  it("is tried again ever more rarely, and at once when specs change", async () => {
    await there.db("store").collection("orders").insertOne({ mine: true });
    await fixture.push({ [SHOP]: migrationOf("shop", FULL) });
    const run = await fixture.serve();
    await run.says("tried again in 4");
    const tries = run.said().match(/tried again in \S+/gu);
    expect(tries).toEqual(["tried again in 1.0", "tried again in 2.0", "tried again in 4.0"]);
    await there.db("store").dropDatabase();
    await fixture.push({ [SHOP]: migrationOf("shop", [...FULL, "title: once more"]) });
    await run.says("shop: Completed");
    await expectEqual("store", "shop");
    expect(await run.stop()).toBe(0);
  });
});

async function count(db: string): Promise<number> {
  return there.db(db).collection("orders").countDocuments();
}

async function expectEqual(target: string, from: string): Promise<void> {
  expect(await readDatabase(there, target)).toEqual(await readDatabase(client, from));
}
