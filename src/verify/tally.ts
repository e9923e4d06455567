/** Counts what comparing has found, and describes the first documents that differ. */
import type { DocumentKey } from "../model/document-key.ts";
import { bsonTypeName } from "../model/bson-types.ts";
import { firstDifference, type RawValue } from "../model/first-difference.ts";
import {
  type DifferenceKind,
  type DocumentCounts,
  type DocumentDifference,
  NO_COUNTS,
  ORDER_PATH,
} from "../model/verification.ts";
import type { RangeOutcome } from "../ports.ts";

export interface TallyOptions {
  /** Documents described, at most; those beyond it are counted. */
  readonly limit: number;
  readonly showsValues: boolean;
  /** Extended JSON of a key's value. */
  describeKey(key: DocumentKey): string;
}

/** Longest text of a key, a path or a value. */
const TEXT_LENGTH = 300;

export class Tally {
  readonly #options: TallyOptions;
  #counts: DocumentCounts = NO_COUNTS;
  readonly #differences: DocumentDifference[] = [];
  isComplete = true;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  addRead(sourceDocuments: number, targetDocuments: number): void {
    this.#counts = {
      ...this.#counts,
      sourceDocuments: this.#counts.sourceDocuments + sourceDocuments,
      targetDocuments: this.#counts.targetDocuments + targetDocuments,
    };
  }

  /** @param source - Null where it is not there, or was not looked at. */
  note(
    kind: DifferenceKind,
    key: DocumentKey,
    source: Uint8Array | null,
    target: Uint8Array | null,
  ): void {
    this.#count(kind);
    if (this.#differences.length >= this.#options.limit) return;
    const found =
      kind !== "different" || source === null || target === null
        ? null
        : firstDifference(source, target);
    const values = this.#options.showsValues && found !== null;
    this.#differences.push({
      ...this.#only(kind, key),
      path: found === null ? null : cut(found.path),
      sourceType: found === null ? null : typeOf(found.source),
      targetType: found === null ? null : typeOf(found.target),
      sourceValue: values ? this.#value(found.source) : null,
      targetValue: values ? this.#value(found.target) : null,
    });
  }

  /** A document that is equal, in another place of the natural order. */
  noteMoved(key: DocumentKey): void {
    this.#count("different");
    if (this.#differences.length >= this.#options.limit) return;
    this.#differences.push({ ...this.#only("different", key), path: ORDER_PATH });
  }

  #count(kind: DifferenceKind): void {
    this.#counts = { ...this.#counts, [kind]: this.#counts[kind] + 1 };
  }

  #only(kind: DifferenceKind, key: DocumentKey): DocumentDifference {
    return {
      kind,
      key: cut(this.#options.describeKey(key)),
      path: null,
      sourceType: null,
      targetType: null,
      sourceValue: null,
      targetValue: null,
    };
  }

  #value(value: RawValue | null): string | null {
    return value === null ? null : cut(this.#options.describeKey(keyWith(value)));
  }

  outcome(): RangeOutcome {
    return {
      ...this.#counts,
      differences: [...this.#differences],
      isComplete: this.isComplete,
    };
  }
}

function typeOf(value: RawValue | null): string | null {
  return value === null ? null : bsonTypeName(value.type);
}

/** The value as that of a key, which there is a text for. */
function keyWith({ type, bytes }: RawValue): DocumentKey {
  const key = Buffer.alloc(4 + 5 + bytes.length + 1);
  key.writeInt32LE(key.length, 0);
  key[4] = type;
  key.write("_id\0", 5, "latin1");
  key.set(bytes, 9);
  return key;
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH)}…`;
}
