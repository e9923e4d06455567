/**
 * The one import of a driver internal: OP_MSG document sequences, which carry documents that are BSON already.
 * `test/mongo/document-sequence.test.ts` fails when a driver release changes it.
 */
import { createRequire } from "node:module";

interface DocumentSequence {
  push(document: unknown, bytes: Uint8Array): number;
}

const { DocumentSequence } = createRequire(import.meta.url)("mongodb/lib/cmap/commands.js") as {
  DocumentSequence: new (field: string) => DocumentSequence;
};

/** A command argument `field: [documents…]` whose documents are the given run of whole BSON documents. */
export function documentSequence(field: string, documents: Uint8Array): unknown {
  const sequence = new DocumentSequence(field);
  // One push for the whole run: the driver only adds up lengths and concatenates.
  sequence.push(undefined, documents);
  return sequence;
}
