/** A collection, and changes of it that have piled up. */
import type { Collection, Document } from "mongodb";
import { type Random, seededRandom } from "../copy/random.ts";
import { sampleText } from "../copy/sample-text.ts";

const TEXT_LENGTH = 900;
const BATCH = 1_000;

export interface BacklogShape {
  readonly name: "spread" | "hot";
  readonly operations: number;
  /** Documents at the beginning, and keys that are updated and deleted. */
  readonly keys: number;
}

export const SHAPES: readonly BacklogShape[] = [
  { name: "spread", operations: 300_000, keys: 200_000 },
  { name: "hot", operations: 300_000, keys: 1_000 },
];

interface Source {
  readonly random: Random;
  readonly text: (length: number) => string;
}

export function openSource(seed: number): Source {
  const random = seededRandom(seed);
  return { random, text: sampleText(random) };
}

/** Fills a collection with documents of about 1 KB. */
export async function fill(
  collection: Collection<Document>,
  { keys }: BacklogShape,
  source: Source,
): Promise<void> {
  for (let from = 0; from < keys; from += BATCH) {
    const count = Math.min(BATCH, keys - from);
    await collection.insertMany(
      Array.from({ length: count }, (_, n) => documentOf(from + n, source)) as never[],
      { ordered: false },
    );
  }
}

/** Half updates, three in ten inserts, two in ten deletes; of a hot backlog the inserted keys are few, too. */
export async function pileUp(
  collection: Collection<Document>,
  { operations, keys, name }: BacklogShape,
  source: Source,
): Promise<void> {
  const { random } = source;
  let next = keys;
  for (let done = 0; done < operations; done += BATCH) {
    const count = Math.min(BATCH, operations - done);
    await collection.bulkWrite(
      Array.from({ length: count }, () => {
        const kind = random.below(10);
        const _id = random.below(keys) as never;
        if (kind < 5) {
          const $set = { n: random.below(1e6), [`list.${random.below(3)}`]: random.below(99) };
          return { updateOne: { filter: { _id }, update: { $set } } };
        }
        if (kind >= 8) return { deleteOne: { filter: { _id } } };
        if (name === "spread") return { insertOne: { document: documentOf(next++, source) } };
        // Comes back under a key that may have been deleted.
        const { _id: _, ...replacement } = documentOf(0, source);
        return { replaceOne: { filter: { _id }, replacement, upsert: true } };
      }) as never[],
      // In three commands: otherwise most of the time would go into this.
      { ordered: false },
    );
  }
}

function documentOf(key: number, { random, text }: Source): Document {
  return { _id: key, n: random.below(1e6), list: [1, 2, 3], text: text(TEXT_LENGTH) };
}
