/** Documents as a server frames them in a reply. */
import { BSON } from "mongodb";
import { documentOffsets } from "../../src/base/bson-array.ts";
import type { DocumentArray } from "../../src/ports.ts";

export interface Doc {
  readonly _id: number;
  readonly value: string;
}

export function arrayOf(documents: readonly Doc[]): DocumentArray {
  // At an odd offset within a larger buffer, as a reply's documents are.
  const array = BSON.serialize(Object.fromEntries(documents.entries()));
  const bytes = Buffer.concat([Buffer.alloc(3), array]).subarray(3);
  return { bytes, offsets: documentOffsets(bytes) };
}

/** Servers send no reply without documents but the last. */
export function arraysOf(documents: readonly Doc[]): readonly DocumentArray[] {
  return documents.length === 0 ? [] : [arrayOf(documents)];
}

export function keyNumber(key: Uint8Array): number {
  return Number(BSON.deserialize(key)["_id"]);
}
