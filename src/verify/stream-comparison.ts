/**
 * Compares two whole streams of documents: collections that are read in natural order, and those whose keys no driver can send.
 * Memory is bounded by the replies under way and what is out of step. Pure.
 */
import { createHash } from "node:crypto";
import type { DocumentArray } from "../ports.ts";
import { documentOf, isSame, type KeyOf, keyText, spansOf, type Suspect } from "./suspect.ts";
import type { Span } from "./suspect.ts";

/** Documents out of step after which counting on would only fill memory. */
const MOST_OUT_OF_STEP = 100_000;

export interface StreamOutcome {
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly suspects: readonly Suspect[];
  /** False where it was given up for too many differences; the counts are then lower bounds. */
  readonly isComplete: boolean;
}

export interface StreamOptions {
  readonly keyOf: KeyOf;
  /** Whether a document in another place is a difference. */
  readonly isOrderPart: boolean;
  /** Whether the destination may still have what the source has forgotten at the beginning. */
  readonly keepsMore: boolean;
}

export async function compareStreams(
  source: AsyncIterable<DocumentArray>,
  target: AsyncIterable<DocumentArray>,
  options: StreamOptions,
): Promise<StreamOutcome> {
  const left = new Spans(source);
  const right = new Spans(target);
  const comparison = new StreamComparison(options);
  try {
    await left.load();
    if (options.keepsMore) await skipForgotten(left, right, options.keyOf);
    for (;;) {
      const a = left.current ?? (await left.load());
      const b = right.current ?? (await right.load());
      if ((a === null && b === null) || comparison.isOverflowing) break;
      const { isLeftDone, isRightDone } = comparison.step(a, b, {
        left: left.count,
        right: right.count,
      });
      if (isLeftDone) left.next();
      if (isRightDone) right.next();
    }
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
  return comparison.result(left.count, right.count);
}

/** Up to the first document of the source's first reply that the destination has, too. */
async function skipForgotten(left: Spans, right: Spans, keyOf: KeyOf): Promise<void> {
  const first = new Set(left.loaded.map((span) => keyText(keyOf(documentOf(span)))));
  for (;;) {
    const span = right.current ?? (await right.load());
    if (span === null || first.has(keyText(keyOf(documentOf(span))))) return;
    right.skip();
  }
}

interface Step {
  readonly isLeftDone: boolean;
  readonly isRightDone: boolean;
}

interface Waiting {
  readonly suspect: Suspect;
  readonly digest: string;
  /** Position on its side. */
  readonly at: number;
}

/** Where both sides have the same document, behind some that they do not have in common. */
interface Match {
  readonly suspect: Suspect;
  readonly left: number;
  readonly right: number;
}

/** What has been seen on one side only so far, by key; a document that is late on the other side takes itself out. */
class StreamComparison {
  readonly #options: StreamOptions;
  readonly #onlyLeft = new Map<string, Waiting>();
  readonly #onlyRight = new Map<string, Waiting>();
  readonly #found: Suspect[] = [];
  /** Each stands for the equal documents that follow on it on both sides, too. */
  readonly #matches: Match[] = [];
  #isInStep = true;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get isOverflowing(): boolean {
    const waiting = this.#onlyLeft.size + this.#onlyRight.size;
    return waiting + this.#found.length + this.#matches.length > MOST_OUT_OF_STEP;
  }

  /** @param at - The positions of both, from 0. */
  step(a: Span | null, b: Span | null, at: { left: number; right: number }): Step {
    if (a !== null && b !== null && isSame(a, b)) {
      if (!this.#isInStep) this.#match(this.#suspect(a, "moved"), at);
      this.#isInStep = true;
      return { isLeftDone: true, isRightDone: true };
    }
    this.#isInStep = false;
    const left = a === null ? null : this.#suspect(a, "missing");
    const right = b === null ? null : this.#suspect(b, "extra");
    if (left !== null && right !== null && Buffer.compare(left.key, right.key) === 0) {
      this.#found.push({ ...left, kind: "different", bytes: left.bytes + right.bytes });
      return { isLeftDone: true, isRightDone: true };
    }
    // Advancing only the side that was late brings both back into step after a gap.
    if (a !== null && left !== null && this.#resolve(this.#onlyRight, left, a, at)) {
      return { isLeftDone: true, isRightDone: false };
    }
    if (b !== null && right !== null && this.#resolve(this.#onlyLeft, right, b, at)) {
      return { isLeftDone: false, isRightDone: true };
    }
    if (a !== null && left !== null) this.#wait(this.#onlyLeft, left, a, at.left);
    if (b !== null && right !== null) this.#wait(this.#onlyRight, right, b, at.right);
    return { isLeftDone: true, isRightDone: true };
  }

  #suspect(span: Span, kind: Suspect["kind"]): Suspect {
    return { key: this.#options.keyOf(documentOf(span)), kind, bytes: span.end - span.start };
  }

  #wait(side: Map<string, Waiting>, suspect: Suspect, span: Span, at: number): void {
    side.set(keyText(suspect.key), { suspect, digest: digest(span), at });
  }

  #match(suspect: Suspect, { left, right }: { left: number; right: number }): void {
    if (this.#options.isOrderPart) this.#matches.push({ suspect, left, right });
  }

  #resolve(
    waiting: Map<string, Waiting>,
    suspect: Suspect,
    span: Span,
    at: { left: number; right: number },
  ): boolean {
    const text = keyText(suspect.key);
    const found = waiting.get(text);
    if (found === undefined) return false;
    waiting.delete(text);
    if (found.digest !== digest(span)) this.#found.push({ ...suspect, kind: "different" });
    const isLeftLate = waiting === this.#onlyRight;
    this.#match(
      { ...suspect, kind: "moved" },
      isLeftLate ? { left: at.left, right: found.at } : { left: found.at, right: at.right },
    );
    return true;
  }

  /** Documents that stand before others on one side, and behind them on the other. */
  #moved(): readonly Suspect[] {
    let furthest = -1;
    return this.#matches
      .toSorted((a, b) => a.left - b.left)
      .flatMap(({ suspect, right }) => {
        if (right < furthest) return [suspect];
        furthest = right;
        return [];
      });
  }

  result(sourceDocuments: number, targetDocuments: number): StreamOutcome {
    const oneSided = [...this.#onlyLeft.values(), ...this.#onlyRight.values()];
    return {
      sourceDocuments,
      targetDocuments,
      suspects: [...this.#found, ...this.#moved(), ...oneSided.map(({ suspect }) => suspect)],
      isComplete: !this.isOverflowing,
    };
  }
}

/** Walks the documents of a sequence of replies. */
class Spans {
  readonly #arrays: AsyncIterator<DocumentArray>;
  #spans: readonly Span[] = [];
  #index = 0;
  count = 0;

  constructor(arrays: AsyncIterable<DocumentArray>) {
    this.#arrays = arrays[Symbol.asyncIterator]();
  }

  /** The document it stands at; null where the reply is used up. */
  get current(): Span | null {
    return this.#spans[this.#index] ?? null;
  }

  /** All of the present reply. */
  get loaded(): readonly Span[] {
    return this.#spans;
  }

  next(): void {
    if (this.current === null) return;
    this.#index++;
    this.count++;
  }

  /** Goes on without counting. */
  skip(): void {
    this.#index++;
  }

  /** Fetches the next reply; null at the end. */
  async load(): Promise<Span | null> {
    const array = await this.#arrays.next();
    if (array.done === true) return null;
    this.#spans = spansOf(array.value);
    this.#index = 0;
    return this.current;
  }

  async close(): Promise<void> {
    await this.#arrays.return?.();
  }
}

function digest(span: Span): string {
  return createHash("sha256").update(documentOf(span)).digest("base64");
}
