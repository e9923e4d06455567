/** What the spec desires is obeyed while a process works: from the file, and from the branch. */
import { MongoClient } from "mongodb";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import {
  type CliFixture,
  type CliRun,
  hasPrinted,
  openCliFixture,
} from "../support/cli-fixture.ts";
import { openRemote } from "../support/open-remote.ts";
import { readDatabase } from "../support/compare-databases.ts";
import type { Keyed } from "../support/following/reach-streaming.ts";

const FULL = ["mode: full", "objects: [{database: shop, as: store}]", "limits: {workers: 1}"];
const FOLLOWED = ["mode: full-and-incremental", ...FULL.slice(1)];
const PAUSED = "desiredState: paused";
const DOCUMENTS = 20_000;
/** How long each command that is delayed takes. */
const BATCH_MS = 3_000;
/** 15 s, and the batch that is under way. */
const OBEYED_WITHIN_MS = 15_000 + BATCH_MS;

let source: BorrowedSet;
let destination: BorrowedSet;
let sourceClient: MongoClient;
let destinationClient: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  const text = "x".repeat(1_000);
  for (const coll of ["orders", "parts"]) {
    await sourceClient
      .db("shop")
      .collection<Keyed>(coll)
      .insertMany(Array.from({ length: DOCUMENTS }, (_, n) => ({ _id: n, text })));
  }
});

afterAll(async () => {
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
});

beforeEach(async () => {
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await Promise.all([
    destinationClient.db("store").dropDatabase(),
    destinationClient.db("mongoferry").dropDatabase(),
  ]);
});

afterEach(async () => {
  await delay([], 0);
  await cli[Symbol.asyncDispose]();
});

describe("a full migration that is being copied", () => {
  it("is paused, says what the destination lacks, and goes on to its end", async () => {
    const { run } = await startCopying(FULL);
    await cli.editSpec("shop", [...FULL, PAUSED]);
    const paused = await endsSoon(run);
    expect([paused.exitCode, await readPhase()], paused.stderr).toEqual([0, "Paused"]);
    const status = await cli.start(["status"]);
    expect(flat(status.stdout)).toMatch(
      /shop: Paused for .* desiredState is paused; Copying goes on when it is running; the destination is incomplete: it lacks all or part of \d collections? of 2, with indexes and views: store\.(orders|parts) \(/u,
    );
    const again = await cli.start(["apply"]);
    expect([again.exitCode, await readPhase()]).toEqual([0, "Paused"]);
    await delay([], 0);
    await cli.editSpec("shop", FULL);
    const done = await cli.start(["apply"]);
    expect([done.exitCode, await readPhase()], done.stderr).toEqual([0, "Completed"]);
    await expectEqual();
  });

  it("is stopped for good, and says that the destination is incomplete", async () => {
    const { run } = await startCopying(FULL);
    await cli.editSpec("shop", [...FULL, "desiredState: stopped"]);
    const { exitCode, stderr } = await endsSoon(run);
    expect([exitCode, await readPhase()], stderr).toEqual([0, "Stopped"]);
    expect(stderr).toContain("the run ended while Copying; the destination is incomplete");
    const log = await cli.git("log", "--format=%s");
    expect(log).toContain("mongoferry: shop is Stopped");
  });

  it("is paused while both sides are compared, and compared when it goes on", async () => {
    await delay(["find"], BATCH_MS);
    await cli.writeSpec("shop", FULL);
    const run = cli.start(["apply"]);
    await hasPrinted(run, "→ Verifying");
    await cli.editSpec("shop", [...FULL, PAUSED]);
    const paused = await endsSoon(run);
    expect([paused.exitCode, await readPhase()], paused.stderr).toEqual([0, "Paused"]);
    expect(flat((await cli.start(["status"])).stdout)).toContain(
      "Verifying goes on when it is running; everything is copied, and was not compared to the end",
    );
    await delay([], 0);
    await cli.editSpec("shop", FULL);
    const done = await cli.start(["apply"]);
    expect([done.exitCode, await readPhase()], done.stderr).toEqual([0, "Completed"]);
    expect(done.stdout).toContain("compared (full), all equal");
    await expectEqual();
  });

  it("is paused, and stopped, where the precheck holds it up, and says that nothing was copied", async () => {
    const inTheWay = destinationClient.db("store").collection<Keyed>("orders");
    await inTheWay.insertOne({ _id: -1 });
    await cli.writeSpec("shop", FULL);
    expect((await cli.start(["apply"])).exitCode).toBe(4);
    await cli.editSpec("shop", [...FULL, PAUSED]);
    const paused = await cli.start(["apply"]);
    expect([paused.exitCode, await readPhase()], paused.stderr).toEqual([0, "Paused"]);
    expect(flat((await cli.start(["status"])).stdout)).toContain("nothing was copied by this run");
    await inTheWay.drop();
    await cli.editSpec("shop", FULL);
    const done = await cli.start(["apply"]);
    expect([done.exitCode, await readPhase()], done.stderr).toEqual([0, "Completed"]);
    await expectEqual();
  });

  it("obeys the file itself where there is no git", async () => {
    await delay(["insert"], BATCH_MS);
    await cli.editSpec("shop", FULL);
    await rm(join(cli.directory, ".git"), { recursive: true });
    const run = cli.start(["apply"]);
    await hasPrinted(run, "Copying");
    await cli.editSpec("shop", [...FULL, PAUSED]);
    const paused = await endsSoon(run);
    expect([paused.exitCode, await readPhase()], paused.stderr).toEqual([0, "Paused"]);
  });

  it("goes on by the last spec that could be read, and is paused where there is none any more", async () => {
    const { run } = await startCopying(FULL);
    const warned = hasPrinted(run, "the spec cannot be read, so that the last one holds");
    await writeFile(join(cli.directory, "migrations", "shop.yaml"), "kind: [");
    await warned;
    const better = hasPrinted(run, "the spec is obeyed as it is");
    await cli.editSpec("shop", FULL);
    await better;
    expect(await readPhase()).toBe("Copying");
    await cli.editSpec("other", FULL);
    await rm(join(cli.directory, "migrations", "shop.yaml"));
    const { exitCode, stderr } = await endsSoon(run);
    expect([exitCode, await readPhase()], stderr).toEqual([0, "Paused"]);
    expect(stderr).toContain("the spec is gone: it is paused until there is one again");
  });
});

describe("a migration that follows its source", () => {
  it("is paused while it catches up, says what the destination lacks, and catches up when it goes on", async () => {
    const slow = [...FOLLOWED.slice(0, 2), "limits: {workers: 1, documentsPerSecond: 4000}"];
    const { run } = await startCopying(slow);
    // Changes are followed from before the first target on.
    await expect.poll(async () => listTargets(), { timeout: 20_000 }).not.toEqual([]);
    const shop = sourceClient.db("shop");
    for (const coll of ["orders", "parts"]) {
      await shop.collection(coll).updateMany({}, { $set: { changed: true } });
    }
    const catchesUp = hasPrinted(run, "→ CatchingUp");
    await delay([], 0);
    await catchesUp;
    await cli.editSpec("shop", [...slow, PAUSED]);
    const paused = await endsSoon(run);
    expect([paused.exitCode, await readPhase()], paused.stderr).toEqual([0, "Paused"]);
    expect(flat((await cli.start(["status"])).stdout)).toContain(
      "CatchingUp goes on when it is running; the destination is no state that the source ever had: it lacks changes since 20",
    );
    await cli.editSpec("shop", FOLLOWED);
    const again = cli.start(["apply"]);
    await hasPrinted(again, "→ Streaming");
    await expectEqual();
    await cli.editSpec("shop", [...FOLLOWED, "desiredState: stopped"]);
    const stopped = await endsSoon(again);
    expect([stopped.exitCode, await readPhase()], stopped.stderr).toEqual([0, "Stopped"]);
    for (const coll of ["orders", "parts"]) {
      await shop.collection(coll).updateMany({}, { $unset: { changed: "" } });
    }
  }, 90_000);

  it("obeys the branch: pause, resume, stop", async () => {
    await using remote = await openRemote(cli);
    await cli.writeSpec("shop", FOLLOWED);
    await cli.git("push", "--quiet", "-u", "origin", "main");
    const first = cli.start(["apply"]);
    await hasPrinted(first, "→ Streaming");
    await remote.push([...FOLLOWED, PAUSED]);
    const paused = await endsSoon(first);
    expect([paused.exitCode, await readPhase()], paused.stderr).toEqual([0, "Paused"]);
    expect(flat(paused.stderr)).toMatch(
      /Streaming goes on when it is running; the destination is as the source was at 20.* UTC; without a cutover/u,
    );
    // The work tree may be behind: its branch is what counts.
    await sourceClient.db("shop").collection<Keyed>("orders").insertOne({ _id: DOCUMENTS });
    await remote.push(FOLLOWED);
    const second = cli.start(["apply"]);
    await hasPrinted(second, "Follows the changes");
    await expect
      .poll(async () => destinationClient.db("store").collection("orders").countDocuments(), {
        timeout: OBEYED_WITHIN_MS,
      })
      .toBe(DOCUMENTS + 1);
    await remote.push([...FOLLOWED, "desiredState: stopped"]);
    const stopped = await endsSoon(second);
    expect([stopped.exitCode, await readPhase()], stopped.stderr).toEqual([0, "Stopped"]);
    await sourceClient.db("shop").collection<Keyed>("orders").deleteOne({ _id: DOCUMENTS });
  }, 90_000);

  it("goes by the file where that was changed here", async () => {
    await using remote = await openRemote(cli);
    await cli.writeSpec("shop", FOLLOWED);
    await cli.git("push", "--quiet", "-u", "origin", "main");
    await cli.editSpec("shop", [...FOLLOWED, PAUSED]);
    const run = await cli.start(["apply"]);
    expect([run.exitCode, await readPhase()], run.stderr).toEqual([0, "Paused"]);
    await remote.push([...FOLLOWED, "desiredState: stopped"]);
    const again = await cli.start(["apply"]);
    expect([again.exitCode, await readPhase()], again.stderr).toEqual([0, "Paused"]);
  });
});

/** Wrapped: a run is a promise itself. */
async function startCopying(lines: readonly string[]): Promise<{ readonly run: CliRun }> {
  await delay(["insert"], BATCH_MS);
  await cli.writeSpec("shop", lines);
  const run = cli.start(["apply"]);
  await hasPrinted(run, "Copying");
  return { run };
}

async function endsSoon(run: CliRun): Promise<{ exitCode: number; stderr: string }> {
  const tooLate = setTimeout(() => run.kill("SIGKILL"), OBEYED_WITHIN_MS);
  const { exitCode, stderr } = await run;
  clearTimeout(tooLate);
  return { exitCode: exitCode ?? -1, stderr: String(stderr) };
}

async function delay(failCommands: readonly string[], delayMs: number): Promise<void> {
  await destinationClient.db("admin").command({
    configureFailPoint: "failCommand",
    mode: delayMs > 0 ? "alwaysOn" : "off",
    data: {
      failCommands,
      namespace: "store.orders",
      blockConnection: true,
      blockTimeMS: delayMs,
    },
  });
}

async function readPhase(): Promise<string> {
  const found = await destinationClient.db("mongoferry").collection("migrations").findOne();
  return String(found?.["phase"]);
}

async function listTargets(): Promise<readonly string[]> {
  const found = await destinationClient
    .db("store")
    .listCollections({}, { nameOnly: true })
    .toArray();
  return found.map(({ name }) => name);
}

async function expectEqual(): Promise<void> {
  expect(await readDatabase(destinationClient, "store")).toEqual(
    await readDatabase(sourceClient, "shop"),
  );
}

function flat(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}
