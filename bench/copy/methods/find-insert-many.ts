/** What a script with the public driver API does, done well: whole replies, unordered inserts, several under way. */
import { type Document, MongoClient } from "mongodb";
import { type CopyJob, SOURCE_DATABASE } from "../job.ts";
import type { Measured } from "../results.ts";
import { measure } from "../stopwatch.ts";

export async function copyDecoded(job: CopyJob): Promise<Measured> {
  const { documentsPerBatch = 1000, inFlight = 1 } = job.settings;
  const source = await MongoClient.connect(job.sourceUri);
  const destination = await MongoClient.connect(job.destinationUri);
  try {
    const from = source.db(SOURCE_DATABASE).collection(job.collection);
    const to = await destination.db(SOURCE_DATABASE).createCollection(job.collection);
    return await measure(async () => {
      const cursor = from.find({}, { batchSize: documentsPerBatch });
      const pending = new Set<Promise<void>>();
      while (await cursor.hasNext()) {
        const write = insert(cursor.readBufferedDocuments()).finally(() => pending.delete(write));
        pending.add(write);
        if (pending.size >= inFlight) await Promise.race(pending);
      }
      await Promise.all(pending);
    });

    async function insert(documents: Document[]): Promise<void> {
      await to.insertMany(documents, { ordered: false, writeConcern: { w: "majority" } });
    }
  } finally {
    await source.close();
    await destination.close();
  }
}
