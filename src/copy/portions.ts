/** Cuts a batch into the portions in which it is written where the load is limited. */
import type { DocumentKey } from "../model/document-key.ts";
import type { DocumentBatch, Portion } from "../ports.ts";

/**
 * @param most - What the next portion may hold; null: all that is left. Asked for each: it may change at any time.
 * @param keyOf - Cuts a document's key out of its bytes.
 */
export function* portionsOf(
  batch: DocumentBatch,
  most: () => Portion | null,
  keyOf: (document: Uint8Array) => DocumentKey,
): Generator<DocumentBatch> {
  let rest = batch;
  for (;;) {
    const portion = most();
    const cut = portion === null ? null : measure(rest, portion);
    if (cut === null || cut.documentCount >= rest.documentCount) {
      yield rest;
      return;
    }
    const last = rest.bytes.subarray(cut.lastStart, cut.end);
    yield {
      bytes: rest.bytes.subarray(0, cut.end),
      documentCount: cut.documentCount,
      lastKey: keyOf(last),
    };
    rest = {
      bytes: rest.bytes.subarray(cut.end),
      documentCount: rest.documentCount - cut.documentCount,
      lastKey: rest.lastKey,
    };
  }
}

interface Cut {
  readonly documentCount: number;
  /** Offset of the last document, and the one behind it. */
  readonly lastStart: number;
  readonly end: number;
}

/** One document at least, whatever its size. A BSON document begins with its length. */
function measure({ bytes }: DocumentBatch, { documentCount, bytes: mostBytes }: Portion): Cut {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  let lastStart = 0;
  let end = 0;
  while (end < bytes.length && count < documentCount) {
    const next = end + view.getInt32(end, true);
    if (count > 0 && next > mostBytes) break;
    lastStart = end;
    end = next;
    count++;
  }
  return { documentCount: count, lastStart, end };
}
