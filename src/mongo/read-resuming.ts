import type { MongoClient } from "mongodb";
import type { RetryNotice } from "../base/retry.ts";
import type { DocumentBatch, ReadRequest } from "../ports.ts";
import { type PickMember, readBatches } from "./document-reader.ts";
import { resuming } from "./resuming.ts";

/**
 * Reads a range to its end: each time a connection or cursor is lost, from behind the last document it gave.
 *
 * @param pickMember - Asked each time: where to read the documents from.
 */
export async function* readResuming(
  client: MongoClient,
  request: ReadRequest,
  signal: AbortSignal,
  notice: RetryNotice,
  pickMember: PickMember,
): AsyncGenerator<DocumentBatch> {
  let { after } = request;
  const open = (): AsyncIterable<DocumentBatch> =>
    readBatches(client, { ...request, after }, signal, pickMember);
  for await (const batch of resuming(open, signal, notice)) {
    after = batch.lastKey;
    yield batch;
  }
}
