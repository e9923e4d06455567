/** A process of its own for one comparison, so that memory and CPU time are of that method alone. */
import { type Document, MongoClient } from "mongodb";
import { getOneMessage, sendMessage } from "execa";
import { isDeepStrictEqual } from "node:util";
import { selectObjects } from "../../src/model/select-objects.ts";
import { ONCE_AT_REST, verifyObjects } from "../../src/verify/verify-objects.ts";
import { openRecords } from "../../src/work/open-records.ts";
import { migrationOf, openCopyFixture } from "../../test/support/copy-fixture.ts";
import { measure } from "../copy/stopwatch.ts";
import type { Measured } from "../copy/results.ts";

export interface VerifyJob {
  readonly method: "ours" | "decoded";
  readonly sourceUri: string;
  readonly destinationUri: string;
  readonly database: string;
  readonly collection: string;
  readonly documentCount: number;
}

const WORKERS = 4;

/** The product's comparison, with the ranges it has finished stored at the destination. */
async function verifyWithOurs(job: VerifyJob): Promise<Measured> {
  await using ends = await openCopyFixture(job.sourceUri, job.destinationUri);
  const { database } = job;
  const migration = migrationOf("bench-verify", [
    { database, as: null, collections: null, functions: false, exclude: [] },
  ]);
  const { objects } = selectObjects(migration, {
    sourceDatabases: [database],
    sourceCollections: await ends.source.listCollections([database]),
    destinationCollections: await ends.destination.listCollections([database]),
    ownedTargets: [],
  });
  return await measure(async () => {
    const request = { migration: "bench-verify", kind: "command", basis: "bench" } as const;
    const kept = await openRecords({ ...request, resumes: "never" }, ends.store, async (run) =>
      run(),
    );
    const [result] = await verifyObjects(objects, {
      ...ONCE_AT_REST,
      source: ends.source,
      destination: ends.destination,
      records: kept.records,
      workers: WORKERS,
      signal: new AbortController().signal,
      onCompared: () => {},
    });
    await kept.end();
    requireEqual(job, result?.isEqual === true ? result.targetDocuments : -1);
  });
}

/** What a script with the public driver API does: decoded documents, one after another. */
async function verifyDecoded(job: VerifyJob): Promise<Measured> {
  const clients = [new MongoClient(job.sourceUri), new MongoClient(job.destinationUri)];
  try {
    const cursors = clients.map((client) =>
      client
        .db(job.database)
        .collection(job.collection)
        .find({}, { batchSize: 5_000 })
        .sort({ _id: 1 }),
    );
    return await measure(async () => {
      const [source, destination] = cursors.map((cursor) => cursor[Symbol.asyncIterator]());
      let equal = 0;
      for (;;) {
        const both: readonly (IteratorResult<Document> | undefined)[] = await Promise.all([
          source?.next(),
          destination?.next(),
        ]);
        const [a, b] = both;
        if (a?.done !== false || b?.done !== false) break;
        if (isDeepStrictEqual(a.value, b.value)) equal++;
      }
      requireEqual(job, equal);
    });
  } finally {
    await Promise.all(clients.map(async (client) => client.close()));
  }
}

function requireEqual({ method, documentCount }: VerifyJob, equal: number): void {
  if (equal !== documentCount) throw new Error(`${method}: ${equal} of ${documentCount} are equal`);
}

process.once("disconnect", () => process.exit(1));
const job = (await getOneMessage()) as unknown as VerifyJob;
const measured = await (job.method === "ours" ? verifyWithOurs : verifyDecoded)(job);
await sendMessage({ ...measured });
// The listener above must not be what keeps this process alive.
process.channel?.unref();
