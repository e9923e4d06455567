import type { MongoClient } from "mongodb";
import { retryOperation, type RetryNotice } from "../base/retry.ts";
import type { DocumentBatch, ReadRequest } from "../ports.ts";
import { readBatches } from "./document-reader.ts";

/**
 * Reads a range to its end over any number of lost connections and cursors: each time it opens the range again behind
 * the last document it gave. The count of tries begins anew with each batch that arrives.
 */
export async function* readResuming(
  client: MongoClient,
  request: ReadRequest,
  signal: AbortSignal,
  notice: RetryNotice,
): AsyncGenerator<DocumentBatch> {
  let { after } = request;
  let batches: AsyncIterator<DocumentBatch> | null = null;
  const readNext = async (): Promise<IteratorResult<DocumentBatch>> => {
    batches ??= readBatches(client, { ...request, after }, signal)[Symbol.asyncIterator]();
    try {
      return await batches.next();
    } catch (error) {
      // A generator that threw is finished; the next try needs a new one.
      batches = null;
      throw error;
    }
  };
  try {
    for (;;) {
      const next = await retryOperation(readNext, signal, notice);
      if (next.done === true) return;
      after = next.value.lastKey;
      yield next.value;
    }
  } finally {
    await (batches as AsyncIterator<DocumentBatch> | null)?.return?.();
  }
}
