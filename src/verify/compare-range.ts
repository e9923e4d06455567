/**
 * Compares a range of keys: reads the source in order, and for each reply of it what the destination has between the same keys. So both
 * sides stay in step however much one of them lacks, and memory is bounded by a few replies.
 */
import type { DocumentKey } from "../model/document-key.ts";
import type { ArrayRequest, DocumentArray, KeyRange, RangeOutcome } from "../ports.ts";
import type { Side } from "./look-at-both.ts";
import { type SettleTools, settleSuspects } from "./settle-suspects.ts";
import { SliceComparison } from "./slice-comparison.ts";
import { compareStreams } from "./stream-comparison.ts";
import { documentOf, spansOf, type Suspect } from "./suspect.ts";
import type { Tally } from "./tally.ts";

/** Suspects that wait to be looked at again, before reading goes on. */
const MOST_WAITING = 5_000;
/** Replies in a row in which no key can be sent, before the range is compared in another way. */
const MOST_HELD = 8;

export interface RangeTools extends Omit<SettleTools, "decided"> {
  readonly tally: Tally;
  /** Size aimed at for each reply. */
  readonly replyBytes: number;
  /** Of a document at the source, as far as it is known. */
  readonly averageBytes: number | null;
  readonly order: "key" | "natural";
  /** Lends a place among those who read at a time. */
  reading<T>(read: () => Promise<T>): Promise<T>;
}

/** No key in sight at which the destination's read could begin. */
class Unsliceable extends Error {}

export async function compareRange(range: KeyRange, tools: RangeTools): Promise<RangeOutcome> {
  const comparison = new RangeComparison(tools);
  const left = await tools.reading(async () => comparison.read(range));
  await comparison.settle(left);
  return tools.tally.outcome();
}

/** A part of the source that is compared with the destination's documents between the same keys. */
interface Slice {
  readonly min: DocumentKey | null;
  readonly arrays: readonly DocumentArray[];
}

class RangeComparison {
  readonly #tools: RangeTools;
  readonly #decided = new Set<string>();
  #waiting: Suspect[] = [];

  constructor(tools: RangeTools) {
    this.#tools = tools;
  }

  /** @returns What is left to be settled, for which nothing has to be read on. */
  async read(range: KeyRange): Promise<readonly Suspect[]> {
    if (this.#tools.order === "natural") await this.#readStreams(range);
    else await this.#readSlices(range);
    const left = this.#waiting;
    this.#waiting = [];
    return left;
  }

  async settle(suspects: readonly Suspect[]): Promise<void> {
    await settleSuspects(suspects, { ...this.#tools, decided: this.#decided });
  }

  async #readSlices(range: KeyRange): Promise<void> {
    let slice: Slice = { min: range.min, arrays: [] };
    try {
      for await (const array of this.#readSource(range)) {
        const cut = slice.arrays.length === 0 ? null : this.#cut(array);
        if (cut === null) {
          slice = { ...slice, arrays: [...slice.arrays, array] };
          if (slice.arrays.length > MOST_HELD) throw new Unsliceable();
          continue;
        }
        const arrays = cut.before === null ? slice.arrays : [...slice.arrays, cut.before];
        await this.#compare(arrays, { min: slice.min, max: cut.key });
        slice = { min: cut.key, arrays: [cut.behind] };
      }
    } catch (error) {
      if (!(error instanceof Unsliceable)) throw error;
      await this.#readStreams({ min: slice.min, max: range.max });
      return;
    }
    await this.#compare(slice.arrays, { min: slice.min, max: range.max });
  }

  /** At the first key that can be sent; null: there is none. */
  #cut(
    array: DocumentArray,
  ): { key: DocumentKey; before: DocumentArray | null; behind: DocumentArray } | null {
    const { reader } = this.#tools.sides.source;
    for (const [index, span] of spansOf(array).entries()) {
      const key = reader.keyOf(documentOf(span));
      if (!reader.canReadFrom(key)) continue;
      if (index === 0) return { key, before: null, behind: array };
      const before = { ...array, offsets: array.offsets.slice(0, index) };
      return { key, before, behind: { ...array, offsets: array.offsets.slice(index) } };
    }
    return null;
  }

  async #compare(arrays: readonly DocumentArray[], range: KeyRange): Promise<void> {
    const { sides, tally } = this.#tools;
    const comparison = new SliceComparison(arrays, (document) =>
      sides.source.reader.keyOf(document),
    );
    // One more than are expected: the server then knows that it is through.
    const target = this.#readSide(sides.target, range, comparison.sourceDocuments + 1);
    for await (const array of target) await this.#suspect(comparison.add(array));
    await this.#suspect(comparison.finish());
    tally.addRead(comparison.sourceDocuments, comparison.targetDocuments);
  }

  async #readStreams(range: KeyRange): Promise<void> {
    const { sides, tally, follows, order } = this.#tools;
    const first = this.#firstDocuments();
    const found = await compareStreams(
      this.#readSource(range),
      this.#readSide(sides.target, range, first),
      {
        keyOf: (document) => sides.source.reader.keyOf(document),
        isOrderPart: order === "natural",
        keepsMore: order === "natural" && follows !== null,
      },
    );
    tally.addRead(found.sourceDocuments, found.targetDocuments);
    if (!found.isComplete) tally.isComplete = false;
    await this.#suspect(found.suspects);
  }

  async #suspect(suspects: readonly Suspect[]): Promise<void> {
    if (suspects.length === 0) return;
    this.#waiting.push(...suspects);
    if (this.#waiting.length < MOST_WAITING) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    await this.settle(waiting);
  }

  #readSource(range: KeyRange): AsyncIterable<DocumentArray> {
    return this.#readSide(this.#tools.sides.source, range, this.#firstDocuments());
  }

  #firstDocuments(): number {
    const { replyBytes, averageBytes } = this.#tools;
    return averageBytes === null ? 101 : replyBytes / Math.max(averageBytes, 1);
  }

  #readSide(side: Side, range: KeyRange, firstDocuments: number): AsyncIterable<DocumentArray> {
    const { order, replyBytes, signal } = this.#tools;
    const { namespace, uuid, filter } = side;
    const request: ArrayRequest = {
      namespace,
      uuid,
      range,
      filter,
      notBefore: null,
      order,
      firstDocuments,
      replyBytes,
    };
    return side.reader.readArrays(request, signal);
  }
}
