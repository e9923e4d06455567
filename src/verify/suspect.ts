import type { DocumentKey } from "../model/document-key.ts";
import type { DocumentArray } from "../ports.ts";

/** A document that was not found equal at first sight. What it is, is decided by looking at both sides by its key. */
export interface Suspect {
  readonly key: DocumentKey;
  readonly kind: "missing" | "extra" | "different" | "moved";
  /** Size of what was seen of it, on both sides. */
  readonly bytes: number;
}

/** Cuts a document's key out of its bytes. */
export type KeyOf = (document: Uint8Array) => DocumentKey;

/** A document within the memory of a reply. */
export interface Span {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export function spansOf({ bytes, offsets }: DocumentArray): readonly Span[] {
  return offsets.map((start) => ({ bytes, start, end: start + bytes.readInt32LE(start) }));
}

export function isSame(a: Span, b: Span): boolean {
  return a.bytes.compare(b.bytes, b.start, b.end, a.start, a.end) === 0;
}

export function documentOf({ bytes, start, end }: Span): Buffer {
  return bytes.subarray(start, end);
}

export function keyText(key: DocumentKey): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}
