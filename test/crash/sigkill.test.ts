/** The process is killed at random moments of a run and started again each time. */
import { BSON, type Binary, MongoClient } from "mongodb";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import { type CliFixture, hasPrinted, openCliFixture } from "../support/cli-fixture.ts";
import { extent } from "../support/extent.ts";
import { readDatabase } from "../support/compare-databases.ts";

const KILLS = extent(12, 20);
const LARGE_DOCUMENTS = extent(96_000, 160_000);
const SMALL_DOCUMENTS = 5_000;
/** Makes each write slow enough for kills to come between them. */
const WRITE_DELAY_MS = 600;
/** The same for each read, which lets further readers in. */
const READ_DELAY_MS = 50;
/** Longer than any process lives: on a fast machine, too, something is left for the last kill. */
const READ_STOP_MS = 2_000;

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
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await fillSource();
  await recordReads();
});

afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
});

describe("SIGKILL during a run", () => {
  it(`I2 I3 ends equal after ${KILLS} kills, and reads no partition from its start again`, async () => {
    await cli.writeSpec("crash", [
      "mode: full",
      "limits: {workers: 2}",
      "objects: [{database: shop, as: store}]",
    ]);
    await slowDown(destinationClient, "insert", WRITE_DELAY_MS);
    const readBefore = await countReads();
    const restartedFromStart: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      // From the middle on it is the source that is slow, so that what is left is divided.
      if (kill >= KILLS / 2) {
        await slowDown(destinationClient, "insert", 0);
        const isMostCopied = (await progressOf()).copied > LARGE_DOCUMENTS / 2;
        await slowDown(sourceClient, "getMore", isMostCopied ? READ_STOP_MS : READ_DELAY_MS);
      }
      const before = await startedPartitions();
      const since = new Date();
      const run = cli.start(["apply"]);
      // Every fourth kill comes at any time of the process's life, the others while it copies.
      if (kill % 4 !== 3) await Promise.race([hasPrinted(run, "Copying"), run]);
      await delay(Math.random() * (kill % 4 === 3 ? 1_500 : 800));
      run.kill("SIGKILL");
      await run;
      restartedFromStart.push(...(await readsFromStart(before, since)));
    }
    const { copied, partitionCount } = await progressOf();
    expect(copied, "the kills must hit an unfinished copy").toBeLessThan(LARGE_DOCUMENTS);

    await slowDown(sourceClient, "getMore", 0);
    const last = await cli.start(["apply", "--output", "json"]);
    expect(last.exitCode, String(last.stderr)).toBe(0);
    const shares = ((await countReads()) - readBefore) / (LARGE_DOCUMENTS + SMALL_DOCUMENTS);
    // One reading is the copy, another one the verification.
    const reread = `${Math.round((shares - 2) * 100)} % of the documents were read again`;
    process.stdout.write(
      `${KILLS} kills: ${reread}, ${copied} copied before the last start, in ${partitionCount} partitions\n`,
    );

    expect(await readDatabase(destinationClient, "store")).toEqual(
      await readDatabase(sourceClient, "shop"),
    );
    expect(restartedFromStart).toEqual([]);
    expect(await cli.git("status", "--porcelain")).toBe("");
  }, 300_000);
});

async function fillSource(): Promise<void> {
  const db = sourceClient.db("shop");
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(40);
  await db.createCollection("large", { validator: { n: { $exists: true } } });
  for (let from = 0; from < LARGE_DOCUMENTS; from += 10_000) {
    const documents = Array.from({ length: 10_000 }, (_, i) => ({
      _id: (from + i) as never,
      n: from + i,
      group: i % 97,
      text: text.slice(0, 1_400 + (i % 400)),
    }));
    await db.collection("large").insertMany(documents, { ordered: false });
  }
  await db.collection("large").createIndex({ group: 1, n: -1 }, { unique: true });
  const mixed = Array.from({ length: SMALL_DOCUMENTS }, (_, i) => ({
    _id: (i % 3 === 0 ? i : i % 3 === 1 ? `key-${i}` : { part: i }) as never,
    at: new Date(i * 1_000),
  }));
  await db.collection("small").insertMany(mixed);
  await db.collection("small").createIndex({ at: 1 });
  await db.createCollection("by_group", { viewOn: "large", pipeline: [{ $match: { group: 1 } }] });
}

/** From here on the server keeps every query on the source. */
async function recordReads(): Promise<void> {
  const db = sourceClient.db("shop");
  await db.createCollection("system.profile", { capped: true, size: 64 * 1024 * 1024 });
  await db.command({ profile: 2, filter: { op: "query", "command.find": { $exists: true } } });
}

/** @param delayMs - What each such command takes longer; zero: nothing. */
async function slowDown(client: MongoClient, command: string, delayMs: number): Promise<void> {
  await client.db("admin").command({
    configureFailPoint: "failCommand",
    mode: delayMs > 0 ? "alwaysOn" : "off",
    data: { failCommands: [command], blockConnection: true, blockTimeMS: delayMs },
  });
}

async function countReads(): Promise<number> {
  const status = await sourceClient.db("admin").command({ serverStatus: 1 });
  return Number(status.metrics.document.returned);
}

async function progressOf(): Promise<{ readonly copied: number; readonly partitionCount: number }> {
  const partitions = await destinationClient
    .db("mongoferry")
    .collection("partitions")
    .find()
    .toArray();
  const copied = partitions.reduce((sum, each) => sum + Number(each.copiedDocuments), 0);
  return { copied, partitionCount: partitions.length };
}

/** First keys of the large collection's partitions that have a checkpoint. */
async function startedPartitions(): Promise<ReadonlySet<string>> {
  const partitions = await destinationClient
    .db("mongoferry")
    .collection<{ min: Binary | null }>("partitions")
    .find({ target: "store.large", copiedThrough: { $ne: null } })
    .toArray();
  return new Set(
    partitions.map(({ min }) => keyText(min === null ? {} : BSON.deserialize(min.value()))),
  );
}

/** Reads since then that began where one of these partitions begins. */
async function readsFromStart(started: ReadonlySet<string>, since: Date): Promise<string[]> {
  const reads = await sourceClient
    .db("shop")
    .collection("system.profile")
    .find({ "command.find": "large", ts: { $gte: since } })
    .toArray();
  return reads.map(({ command }) => keyText(command.min ?? {})).filter((key) => started.has(key));
}

function keyText(key: BSON.Document): string {
  return BSON.EJSON.stringify(key);
}
