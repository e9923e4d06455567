/**
 * The floor: the same batches as ours would send, but out of memory, so that nothing is left but the destination's own
 * work. No copy can be faster than this.
 */
import { MongoClient } from "mongodb";
import { documentSequence } from "../../../src/mongo/document-sequence.ts";
import { MongoSource } from "../../../src/mongo/source.ts";
import { type CopyJob, SOURCE_DATABASE } from "../job.ts";
import type { Measured } from "../results.ts";
import { measure } from "../stopwatch.ts";

/** As src/copy/copy-partition.ts asks for. */
const BATCH_BYTES = 4 * 1024 * 1024;

export async function copyFromMemory(job: CopyJob): Promise<Measured> {
  const batches = await readAll(job);
  const client = await MongoClient.connect(job.destinationUri);
  try {
    const db = client.db(SOURCE_DATABASE);
    await db.createCollection(job.collection);
    const waiting = batches.values();
    const writeBatches = async (): Promise<void> => {
      for (const batch of waiting) {
        const reply = await db.command({
          insert: job.collection,
          documents: documentSequence("documents", batch),
          ordered: false,
          writeConcern: { w: "majority" },
        });
        if (reply["writeErrors"] !== undefined) throw new Error("a document was refused");
      }
    };
    return await measure(async () => {
      await Promise.all(Array.from({ length: job.settings["inFlight"] ?? 1 }, writeBatches));
    });
  } finally {
    await client.close();
  }
}

async function readAll({ sourceUri, collection }: CopyJob): Promise<Uint8Array[]> {
  const client = await MongoClient.connect(sourceUri);
  try {
    const source = new MongoSource(client, "source", () => {});
    const request = {
      namespace: { db: SOURCE_DATABASE, coll: collection },
      uuid: null,
      range: { min: null, max: null },
      filter: null,
      after: null,
      notBefore: null,
      batchBytes: BATCH_BYTES,
      averageDocumentBytes: null,
    };
    const batches: Uint8Array[] = [];
    for await (const { bytes } of source.readBatches(request, new AbortController().signal)) {
      batches.push(bytes);
    }
    return batches;
  } finally {
    await client.close();
  }
}
