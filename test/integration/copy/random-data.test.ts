/**
 * Random collections survive a migration byte for byte, each with 1,000 documents made from a seed of its own. A failure names the seed and shows the documents; MONGOFERRY_SEED repeats it.
 */
import type { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import { canKeepEmptyTimestamps } from "../../../src/mongo/empty-timestamps.ts";
import { insertDocuments } from "../../../src/mongo/insert-documents.ts";
import { selectObjects } from "../../../src/model/select-objects.ts";
import { ONCE_AT_REST, verifyObjects } from "../../../src/verify/verify-objects.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";
import { extent } from "../../support/extent.ts";
import { randomDocuments } from "../../support/random-documents.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const RUNS = extent(50, 200);
const DOCUMENTS = 1_000;
/** Collections of one migration: servers of tests are small, and a failure is to be found soon. */
const RUNS_AT_ONCE = 25;
const FIRST_SEED = Number(process.env["MONGOFERRY_SEED"] ?? Date.now() % 1_000_000_000);

let source: BorrowedSet;
let destination: BorrowedSet;
let ends: CopyFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  ends = await openCopyFixture(source.uri, destination.uri);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

it(`survive byte for byte: ${RUNS} collections of ${DOCUMENTS} documents, from seed ${FIRST_SEED}`, async () => {
  for (let first = 0; first < RUNS; first += RUNS_AT_ONCE) {
    const seeds = Array.from({ length: RUNS_AT_ONCE }, (_, at) => FIRST_SEED + first + at);
    await migrate(seeds);
  }
}, 300_000);

async function migrate(seeds: readonly number[]): Promise<void> {
  const name = `random${seeds[0]}`;
  const expected = new Map<string, readonly string[]>();
  for (const seed of seeds) {
    const documents = randomDocuments(seededRandom(seed), DOCUMENTS);
    await store(name, `seed${seed}`, documents);
    expected.set(`seed${seed}`, hexOf(documents));
  }
  const migration = migrationOf(name, [
    { database: name, as: null, collections: null, functions: true, exclude: [] },
  ]);
  const plan = await ends.plan(migration);
  const lease = await ends.store.acquireLease(name);
  await copyCollections(plan, await ends.tools(lease, plan));
  await lease.release();
  for (const [collection, documents] of expected) {
    const arrived = hexOf(await readRaw(ends.destinationClient, name, collection));
    expect(differences(documents, arrived), `${collection} at the destination`).toEqual([]);
  }
  await expectVerified(name);
  await ends.sourceClient.db(name).dropDatabase();
  await ends.destinationClient.db(name).dropDatabase();
}

/** As an application of any age may have: written so that the source keeps every byte, which is looked at. */
async function store(db: string, coll: string, documents: readonly Uint8Array[]): Promise<void> {
  const writes = {
    client: ends.sourceClient,
    sessions: null,
    validatedDatabases: new Set<string>(),
    comparesUuids: true,
    keepsEmptyTimestamps: canKeepEmptyTimestamps(source.version),
  };
  const target = { namespace: { db, coll }, hasValidator: false };
  const duplicates = await insertDocuments(writes, target, Buffer.concat(documents));
  expect(duplicates.size).toBe(0);
  const stored = hexOf(await readRaw(ends.sourceClient, db, coll));
  expect(differences(hexOf(documents), stored), `${coll} at the source`).toEqual([]);
}

/** The product's own comparison agrees. */
async function expectVerified(db: string): Promise<void> {
  const { objects } = selectObjects(
    migrationOf(db, [{ database: db, as: null, collections: null, functions: true, exclude: [] }]),
    {
      sourceDatabases: [db],
      sourceCollections: await ends.source.listCollections([db]),
      destinationCollections: await ends.destination.listCollections([db]),
      ownedTargets: [],
    },
  );
  const results = await verifyObjects(objects, {
    source: ends.source,
    destination: ends.destination,
    ...ONCE_AT_REST,
    workers: 4,
    signal: new AbortController().signal,
    onCompared: () => {},
  });
  expect(results).toHaveLength(RUNS_AT_ONCE);
  expect(results.filter(({ isEqual }) => !isEqual)).toEqual([]);
}

async function readRaw(client: MongoClient, db: string, coll: string): Promise<Uint8Array[]> {
  const found = await client.db(db).collection(coll).find({}, { raw: true }).toArray();
  return found as unknown as Uint8Array[];
}

function hexOf(documents: readonly Uint8Array[]): readonly string[] {
  return documents.map((raw) => Buffer.from(raw).toString("hex")).toSorted();
}

/** The first few documents that only one side has. */
function differences(expected: readonly string[], found: readonly string[]): readonly string[] {
  const [left, right] = [new Set(expected), new Set(found)];
  const lost = expected.filter((hex) => !right.has(hex)).map((hex) => `lost ${hex}`);
  const changed = found.filter((hex) => !left.has(hex)).map((hex) => `found ${hex}`);
  const counts = expected.length === found.length ? [] : [`${found.length} of ${expected.length}`];
  return [...counts, ...lost.slice(0, 3), ...changed.slice(0, 3)];
}
