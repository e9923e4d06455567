/**
 * Compares two collections document by document, byte for byte. Both sides are read in `_id` order, each by its own server's
 * order, so that this program never has to compare keys. Memory is bounded by the batches under way and the differences.
 * Shares nothing with the write path.
 */
import { createHash } from "node:crypto";
import type { DocumentKey } from "../model/document-key.ts";
import type { DocumentBatch } from "../ports.ts";

/** Differences after which counting on would only fill memory. */
const MOST_DIFFERENCES = 100_000;
const EXAMPLES = 5;
const LENGTH_BYTES = 4;

export interface DocumentDifferences {
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly differing: number;
  readonly missing: number;
  readonly extra: number;
  /** Keys of some documents that are not equal. */
  readonly examples: readonly DocumentKey[];
  /** False where it was given up for too many differences; the counts are then lower bounds. */
  readonly isComplete: boolean;
}

/** Cuts a document's key out of its bytes. */
export type KeyOf = (document: Uint8Array) => DocumentKey;

export async function compareDocuments(
  source: AsyncIterable<DocumentBatch>,
  target: AsyncIterable<DocumentBatch>,
  keyOf: KeyOf,
  order: "key" | "natural" = "key",
): Promise<DocumentDifferences> {
  const left = new Documents(source);
  const right = new Documents(target);
  const comparison = new Comparison(keyOf, order === "natural");
  try {
    for (;;) {
      const a = left.current() ?? (await left.load());
      const b = right.current() ?? (await right.load());
      if ((a === null && b === null) || comparison.isOverflowing) break;
      const step = comparison.step(a, b);
      if (step.isLeftDone) left.next();
      if (step.isRightDone) right.next();
    }
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
  return comparison.result(left.count, right.count);
}

interface Step {
  readonly isLeftDone: boolean;
  readonly isRightDone: boolean;
}

/** What has been seen on one side only so far, by key; a document that is late on the other side takes itself out. */
class Comparison {
  readonly #keyOf: KeyOf;
  readonly #onlyLeft = new Map<string, string>();
  readonly #onlyRight = new Map<string, string>();
  readonly #examples: string[] = [];
  readonly #isOrderPart: boolean;
  #differing = 0;

  /** @param isOrderPart - Whether a document in another place is a difference. */
  constructor(keyOf: KeyOf, isOrderPart: boolean) {
    this.#keyOf = keyOf;
    this.#isOrderPart = isOrderPart;
  }

  get isOverflowing(): boolean {
    return this.#onlyLeft.size + this.#onlyRight.size + this.#differing > MOST_DIFFERENCES;
  }

  step(a: Buffer | null, b: Buffer | null): Step {
    if (a !== null && b !== null && a.equals(b)) return { isLeftDone: true, isRightDone: true };
    const aKey = a === null ? null : toHex(this.#keyOf(a));
    const bKey = b === null ? null : toHex(this.#keyOf(b));
    if (aKey !== null && aKey === bKey) {
      this.#noteDifference(aKey);
      return { isLeftDone: true, isRightDone: true };
    }
    // Advancing only the side that was late brings both back into step after a gap.
    if (a !== null && aKey !== null && this.#resolve(this.#onlyRight, aKey, a)) {
      return { isLeftDone: true, isRightDone: false };
    }
    if (b !== null && bKey !== null && this.#resolve(this.#onlyLeft, bKey, b)) {
      return { isLeftDone: false, isRightDone: true };
    }
    if (a !== null && aKey !== null) this.#onlyLeft.set(aKey, digest(a));
    if (b !== null && bKey !== null) this.#onlyRight.set(bKey, digest(b));
    return { isLeftDone: true, isRightDone: true };
  }

  #resolve(waiting: Map<string, string>, key: string, document: Buffer): boolean {
    const found = waiting.get(key);
    if (found === undefined) return false;
    waiting.delete(key);
    if (this.#isOrderPart || found !== digest(document)) this.#noteDifference(key);
    return true;
  }

  #noteDifference(key: string): void {
    this.#differing++;
    if (this.#examples.length < EXAMPLES) this.#examples.push(key);
  }

  result(sourceDocuments: number, targetDocuments: number): DocumentDifferences {
    const oneSided = [...this.#onlyLeft.keys(), ...this.#onlyRight.keys()];
    return {
      sourceDocuments,
      targetDocuments,
      differing: this.#differing,
      missing: this.#onlyLeft.size,
      extra: this.#onlyRight.size,
      examples: [...this.#examples, ...oneSided]
        .slice(0, EXAMPLES)
        .map((key) => Buffer.from(key, "hex")),
      isComplete: !this.isOverflowing,
    };
  }
}

/** Walks the documents of a sequence of batches. */
class Documents {
  readonly #batches: AsyncIterator<DocumentBatch>;
  #bytes: Buffer = Buffer.alloc(0);
  #offset = 0;
  count = 0;

  constructor(batches: AsyncIterable<DocumentBatch>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The document it stands at; null where the batch is used up. */
  current(): Buffer | null {
    if (this.#offset >= this.#bytes.length) return null;
    return this.#bytes.subarray(this.#offset, this.#offset + this.#length());
  }

  next(): void {
    if (this.#offset >= this.#bytes.length) return;
    this.#offset += this.#length();
    this.count++;
  }

  /** Fetches the next batch; null at the end. */
  async load(): Promise<Buffer | null> {
    const batch = await this.#batches.next();
    if (batch.done === true) return null;
    const { bytes } = batch.value;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = 0;
    return this.current();
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  #length(): number {
    return Math.max(this.#bytes.readInt32LE(this.#offset), LENGTH_BYTES);
  }
}

function digest(document: Uint8Array): string {
  return createHash("sha256").update(document).digest("base64");
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
