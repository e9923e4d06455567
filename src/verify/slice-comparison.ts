/**
 * Compares a slice of the source, which is in memory, with what the destination has in the same range of keys, however much that
 * is. Needs no knowledge of the order of keys: both servers sort, this program only looks for equal bytes and equal keys. Pure.
 */
import { BugError } from "../base/errors.ts";
import type { DocumentArray } from "../ports.ts";
import {
  documentOf,
  isSame,
  type KeyOf,
  keyText,
  type Span,
  spansOf,
  type Suspect,
} from "./suspect.ts";

export class SliceComparison {
  readonly #source: readonly DocumentArray[];
  readonly #keyOf: KeyOf;
  readonly sourceDocuments: number;
  #targetDocuments = 0;
  /** All of the slice has been found, as one equal run of bytes. */
  #isWhole = false;
  #walk: Walk | null = null;

  constructor(source: readonly DocumentArray[], keyOf: KeyOf) {
    this.#source = source;
    this.#keyOf = keyOf;
    this.sourceDocuments = source.reduce((sum, { offsets }) => sum + offsets.length, 0);
  }

  get targetDocuments(): number {
    return this.#targetDocuments;
  }

  /** @returns What is not equal as far as it can be told by now: different and extra documents. */
  add(target: DocumentArray): readonly Suspect[] {
    const isFirst = this.#targetDocuments === 0;
    this.#targetDocuments += target.offsets.length;
    if (isFirst && this.#isEqualAsWhole(target)) {
      this.#isWhole = true;
      return [];
    }
    this.#walk ??= new Walk(this.#source.flatMap(spansOf), this.#keyOf, this.#isWhole);
    return this.#walk.add(spansOf(target));
  }

  /** @returns What is missing, once all of the destination's documents have been added. */
  finish(): readonly Suspect[] {
    if (this.#isWhole) return [];
    this.#walk ??= new Walk(this.#source.flatMap(spansOf), this.#keyOf, false);
    return this.#walk.finish();
  }

  /** By far the most frequent case: the same documents in one reply each, which one comparison of memory tells. */
  #isEqualAsWhole(target: DocumentArray): boolean {
    const [source, ...others] = this.#source;
    return (
      source !== undefined &&
      others.length === 0 &&
      source.offsets.length === target.offsets.length &&
      source.bytes.equals(target.bytes)
    );
  }
}

/** Document by document, once the whole is not equal. */
class Walk {
  readonly #source: readonly Span[];
  readonly #keyOf: KeyOf;
  readonly #isSeen: Uint8Array;
  #next = 0;
  #byKey: ReadonlyMap<string, number> | null = null;

  /** @param isSeen - Whether all of it has been found already. */
  constructor(source: readonly Span[], keyOf: KeyOf, isSeen: boolean) {
    this.#source = source;
    this.#keyOf = keyOf;
    this.#isSeen = new Uint8Array(source.length).fill(isSeen ? 1 : 0);
    if (isSeen) this.#next = source.length;
  }

  add(target: readonly Span[]): readonly Suspect[] {
    const suspects: Suspect[] = [];
    for (const span of target) {
      const expected = this.#source[this.#next];
      if (expected !== undefined && isSame(expected, span)) {
        this.#isSeen[this.#next] = 1;
        this.#next++;
        continue;
      }
      const suspect = this.#find(span);
      if (suspect !== null) suspects.push(suspect);
    }
    return suspects;
  }

  #find(span: Span): Suspect | null {
    const key = this.#keyOf(documentOf(span));
    const bytes = span.end - span.start;
    const index = this.#indexes().get(keyText(key));
    if (index === undefined) return { key, kind: "extra", bytes };
    const source = this.#at(index);
    this.#isSeen[index] = 1;
    this.#next = index + 1;
    if (isSame(source, span)) return null;
    return { key, kind: "different", bytes: bytes + source.end - source.start };
  }

  finish(): readonly Suspect[] {
    return this.#source.flatMap((span, index) =>
      this.#isSeen[index] === 1
        ? []
        : [
            {
              key: this.#keyOf(documentOf(span)),
              kind: "missing" as const,
              bytes: span.end - span.start,
            },
          ],
    );
  }

  #at(index: number): Span {
    const span = this.#source[index];
    if (span === undefined) throw new BugError("A slice has no such document");
    return span;
  }

  #indexes(): ReadonlyMap<string, number> {
    this.#byKey ??= new Map(
      this.#source.map((span, index) => [keyText(this.#keyOf(documentOf(span))), index]),
    );
    return this.#byKey;
  }
}
