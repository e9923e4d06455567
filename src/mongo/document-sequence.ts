/**
 * The one import of a driver internal: OP_MSG document sequences, which carry documents that are BSON already.
 * `test/mongo/document-sequence.test.ts` fails when a driver release changes it.
 */
// @ts-expect-error The driver declares no types for its own files.
import commands from "mongodb/lib/cmap/commands.js";

interface DocumentSequence {
  push(document: unknown, bytes: Uint8Array): number;
}

const { DocumentSequence } = commands as {
  DocumentSequence: new (field: string) => DocumentSequence;
};

/** A command argument `field: [documents…]` whose documents are the given run of whole BSON documents. */
export function documentSequence(field: string, documents: Uint8Array): unknown {
  const sequence = new DocumentSequence(field);
  // One push for the whole run: the driver only adds up lengths and concatenates.
  sequence.push(undefined, documents);
  return sequence;
}
