/** Going on with a read in natural order, which has no key to begin at: by reading again, up to where it was lost. */
import { OperationError } from "../base/errors.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { DocumentBatch } from "../ports.ts";
import { keyOfDocument, splitDocuments } from "./raw-bson.ts";

/**
 * Leaves out everything up to the document of that key. Capped collections keep their order, so what comes behind it is
 * what was not read yet, unless the collection has forgotten it meanwhile: then this fails.
 */
export async function* skipRead(
  namespace: Namespace,
  batches: AsyncIterable<DocumentBatch>,
  key: DocumentKey,
): AsyncGenerator<DocumentBatch> {
  let isFound = false;
  for await (const batch of batches) {
    const rest = isFound ? batch : behindKey(batch, key);
    if (rest === null) continue;
    isFound = true;
    if (rest.documentCount > 0) yield rest;
  }
  if (isFound) return;
  throw new OperationError({
    operation: "read documents",
    object: formatNamespace(namespace),
    isRetryable: false,
    hint: "The capped collection was overwritten faster than it was read; apply again",
    cause: new Error("the document that was read last is gone"),
  });
}

/** What comes behind the document of that key; null where the batch does not hold it. */
function behindKey(batch: DocumentBatch, key: DocumentKey): DocumentBatch | null {
  let offset = 0;
  let count = 0;
  for (const document of splitDocuments(batch.bytes)) {
    offset += document.length;
    count++;
    if (Buffer.compare(keyOfDocument(document), key) !== 0) continue;
    const documentCount = batch.documentCount - count;
    return { bytes: batch.bytes.subarray(offset), documentCount, lastKey: batch.lastKey };
  }
  return null;
}
