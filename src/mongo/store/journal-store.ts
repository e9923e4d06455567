/** Changes that are kept until they can be applied. */
import { Binary, type Collection, Timestamp } from "mongodb";
import {
  type Change,
  type ChangedCollection,
  type DocumentChange,
  isDocumentChange,
  type FeedPosition,
  type SchemaChange,
} from "../../model/change.ts";
import type { JournalEntry, JournalStore } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import { splitDocuments } from "../raw-bson.ts";
import { fromTimestamp, toTimestamp } from "../timestamp.ts";

/** Keys in one document, which may hold 16 MiB with all around them. */
const PART_BYTES = 8 * 1024 * 1024;

export interface JournalDocument {
  readonly migration: string;
  readonly runSeq: number;
  /** Of the position; entries are in its order. */
  readonly clusterTime: Timestamp;
  /** Tells parts of one entry, and entries of one time, apart. */
  readonly order: number;
  readonly resumeToken: Binary;
  readonly begins: { readonly clusterTime: Timestamp; readonly resumeToken: Binary };
  /** Whether the position holds: of an entry in several parts, for the last alone. */
  readonly isWhole: boolean;
  readonly collections: readonly CollectionChanges[];
  readonly schemaChanges: readonly StoredSchemaChange[];
}

interface CollectionChanges {
  readonly collection: ChangedCollection;
  /** For each key, whether it was deleted. */
  readonly deleted: Binary;
  /** Raw BSON, one after another. */
  readonly keys: Binary;
}

interface StoredSchemaChange extends Omit<SchemaChange, "position"> {
  readonly resumeToken: Binary;
  readonly clusterTime: Timestamp;
}

/** The journal of one run. */
export function openJournal(
  journal: Collection<JournalDocument>,
  migration: string,
  runSeq: number,
): JournalStore {
  const own = { migration, runSeq };
  let order: number | null = null;
  return {
    async append({ begins, position, changes }) {
      await operation("write the journal", migration, async () => {
        order ??= await prepare(journal, own);
        const first = order;
        const parts = splitIntoParts(changes);
        order += parts.length;
        // In order: where the last is missing, none of the others counts as read.
        await journal.insertMany(
          parts.map((part, index) => ({
            ...own,
            clusterTime: toTimestamp(position.clusterTime),
            order: first + index,
            resumeToken: toBinary(position.resumeToken),
            begins: {
              clusterTime: toTimestamp(begins.clusterTime),
              resumeToken: toBinary(begins.resumeToken),
            },
            isWhole: index === parts.length - 1,
            ...toStored(part),
          })),
          { ordered: true },
        );
      });
    },
    async lastPosition() {
      return operation("read the journal's end", migration, async () => {
        const found = await journal.findOne(
          { ...own, isWhole: true },
          { sort: { clusterTime: -1, order: -1 }, projection: { resumeToken: 1, clusterTime: 1 } },
        );
        return found === null ? null : positionOf(found);
      });
    },
    async *read(from) {
      const cursor = journal
        .find({ ...own, clusterTime: { $gte: toTimestamp(from.clusterTime) } })
        .sort({ clusterTime: 1, order: 1 })
        .batchSize(10);
      try {
        for (;;) {
          const found = await operation("read the journal", migration, async () => cursor.next());
          if (found === null) return;
          yield toEntry(found);
        }
      } finally {
        await cursor.close();
      }
    },
    async clear({ clusterTime, resumeToken }) {
      const time = toTimestamp(clusterTime);
      await operation("clear the journal", migration, async () => {
        await journal.deleteMany({
          migration,
          $or: [
            { runSeq: { $lt: runSeq } },
            { runSeq, clusterTime: { $lt: time } },
            { runSeq, clusterTime: time, resumeToken: toBinary(resumeToken) },
          ],
        });
      });
    },
  };
}

/** @returns The first number that is free. Those of an earlier process come first, whatever its clock says. */
async function prepare(
  journal: Collection<JournalDocument>,
  own: Pick<JournalDocument, "migration" | "runSeq">,
): Promise<number> {
  await journal.createIndex({ migration: 1, runSeq: 1, clusterTime: 1, order: 1 });
  const [last] = await journal
    .aggregate<{ order: number }>([
      { $match: own },
      { $group: { _id: null, order: { $max: "$order" } } },
    ])
    .toArray();
  return (last?.order ?? 0) + 1;
}

function toBinary(bytes: Uint8Array): Binary {
  return new Binary(Buffer.from(bytes));
}

function positionOf({
  resumeToken,
  clusterTime,
}: Pick<JournalDocument, "resumeToken" | "clusterTime">): FeedPosition {
  return { resumeToken: resumeToken.value(), clusterTime: fromTimestamp(clusterTime) };
}

/** At least one part. */
function splitIntoParts(changes: readonly Change[]): readonly (readonly Change[])[] {
  const parts: Change[][] = [[]];
  let bytes = 0;
  for (const change of changes) {
    const size = isDocumentChange(change) ? change.key.length + 1 : 1_000;
    if (bytes + size > PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(change);
    bytes += size;
  }
  return parts;
}

function toStored(
  changes: readonly Change[],
): Pick<JournalDocument, "collections" | "schemaChanges"> {
  const byCollection = new Map<string, DocumentChange[]>();
  const schemaChanges: StoredSchemaChange[] = [];
  for (const change of changes) {
    if (isDocumentChange(change)) {
      const id = change.collection.uuid ?? "";
      const known = byCollection.get(id);
      if (known === undefined) byCollection.set(id, [change]);
      else known.push(change);
    } else {
      const { position, ...rest } = change;
      const { resumeToken, clusterTime } = position;
      schemaChanges.push({
        ...rest,
        resumeToken: toBinary(resumeToken),
        clusterTime: toTimestamp(clusterTime),
      });
    }
  }
  const collections = [...byCollection.values()].flatMap((each) => {
    const [first] = each;
    if (first === undefined) return [];
    return [
      {
        collection: first.collection,
        deleted: new Binary(Buffer.from(each.map(({ kind }) => (kind === "delete" ? 1 : 0)))),
        keys: new Binary(Buffer.concat(each.map(({ key }) => key))),
      },
    ];
  });
  return { collections, schemaChanges };
}

function toEntry(found: JournalDocument): JournalEntry {
  const changes = found.collections.flatMap(({ collection, deleted, keys }): Change[] => {
    const kinds = deleted.value();
    return [...splitDocuments(keys.value())].map((key, index) => ({
      kind: kinds[index] === 1 ? "delete" : "update",
      collection,
      key,
      document: null,
    }));
  });
  const schemaChanges = found.schemaChanges.map(
    ({ resumeToken, clusterTime, ...rest }): SchemaChange => ({
      ...rest,
      position: positionOf({ resumeToken, clusterTime }),
    }),
  );
  const { isWhole, begins } = found;
  return {
    begins: positionOf(begins),
    position: positionOf(found),
    isWhole,
    changes: [...changes, ...schemaChanges],
  };
}
