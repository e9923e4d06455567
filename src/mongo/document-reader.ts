/**
 * Reads a range of `_id` as raw batches. Guarantees: documents come in `_id` order, or all in natural order, each reply is a majority read
 * not older than `notBefore`, and a collection that is not the planned one (another UUID) is never read.
 */
import { type Document, type MongoClient, MongoServerError, UUID } from "mongodb";
import { BugError, OperationError, SourceGoneError } from "../base/errors.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { DocumentBatch, ReadRequest } from "../ports.ts";
import { readCollectionUuid } from "./collection-uuid.ts";
import { filterQuery } from "./filter-query.ts";
import type { MemberToRead } from "./pinned-secondary.ts";
import { keyOfDocument, type RawBatch, splitDocuments } from "./raw-bson.ts";
import { rangeReads } from "./range-bounds.ts";
import { rawBatches } from "./raw-cursor.ts";
import { comparesUuids } from "./server-version.ts";
import { skipRead } from "./skip-read.ts";
import { toTimestamp } from "./timestamp.ts";

const UUID_MISMATCH = 361;
/** Documents of the first reply where their size is not known. */
const FIRST_BATCH_DOCUMENTS = 101;
/** A server takes 100,000 writes in one command, but the answer to that many duplicates is too long for a reply. */
const MOST_BATCH_DOCUMENTS = 20_000;

/** Where to read from, and what reads there must not be older than. */
export type PickMember = (
  request: Pick<ReadRequest, "order" | "notBefore">,
) => Promise<MemberToRead>;

/** @param client - Of the primary, which alone knows at once what has which name. */
export async function* readBatches(
  client: MongoClient,
  request: ReadRequest,
  signal: AbortSignal,
  pickMember: PickMember,
): AsyncGenerator<DocumentBatch> {
  await refuseAnotherCollection(client, request);
  const member = await pickMember(request);
  const commands = findCommands(
    { ...request, notBefore: member.notBefore },
    await comparesUuids(client, request.namespace.db),
  );
  const replies = (async function* (): AsyncGenerator<RawBatch> {
    for (const command of commands) {
      yield* rawBatches(
        member.client,
        {
          operation: "read documents",
          namespace: request.namespace,
          command,
          nextBatchDocuments: ({ bytes, documentCount }) =>
            documentsFor(request, bytes.length / documentCount),
        },
        signal,
      );
    }
  })();
  const { after, namespace } = request;
  const batches = toDocumentBatches(replies, request);
  if (after === null) yield* batches;
  else if (isNatural(request)) yield* skipRead(namespace, batches, after);
  else yield* skipFirst(batches, after);
  await refuseAnotherCollection(client, request);
}

async function* toDocumentBatches(
  replies: AsyncIterable<RawBatch>,
  request: ReadRequest,
): AsyncGenerator<DocumentBatch> {
  try {
    for await (const reply of replies) yield toDocumentBatch(reply);
  } catch (error) {
    if (!isOfAnother(error)) throw error;
    throw sourceGone(request, "its name is another collection's");
  }
}

function isOfAnother(error: unknown): boolean {
  const cause = error instanceof OperationError ? error.cause : null;
  return cause instanceof MongoServerError && cause.code === UUID_MISMATCH;
}

async function* skipFirst(
  batches: AsyncIterable<DocumentBatch>,
  after: DocumentKey,
): AsyncGenerator<DocumentBatch> {
  let isFirst = true;
  for await (const batch of batches) {
    const rest = isFirst ? skipKey(batch, after) : batch;
    isFirst = false;
    if (rest !== null) yield rest;
  }
}

function isNatural({ order }: ReadRequest): boolean {
  return order === "natural";
}

/** To be read one after another. */
function findCommands(request: ReadRequest, isCompared: boolean): readonly Document[] {
  const { uuid } = request;
  const { max } = request.range;
  const min = request.after ?? request.range.min;
  // Under the collection's own collation, as any query that names none.
  const filter = filterQuery(request.filter);
  const reads = isNatural(request)
    ? [{ filter, hint: { $natural: 1 } }]
    : rangeReads(request.namespace, { min, max }, filter);
  return reads.map((read) => ({
    find: request.namespace.coll,
    ...read,
    batchSize:
      request.averageDocumentBytes === null
        ? Math.min(FIRST_BATCH_DOCUMENTS, request.most?.()?.documentCount ?? Infinity)
        : documentsFor(request, request.averageDocumentBytes),
    ...(isCompared && uuid !== null ? { collectionUUID: new UUID(uuid) } : {}),
    readConcern: {
      level: "majority",
      ...(request.notBefore === null ? {} : { afterClusterTime: toTimestamp(request.notBefore) }),
    },
  }));
}

function toDocumentBatch({ bytes, documentCount, lastDocument }: RawBatch): DocumentBatch {
  return { bytes, documentCount, lastKey: keyOfDocument(lastDocument) };
}

function documentsFor({ batchBytes, most }: ReadRequest, averageBytes: number): number {
  const { documentCount, bytes } = most?.() ?? { documentCount: Infinity, bytes: Infinity };
  const wanted = Math.round(Math.min(batchBytes, bytes) / averageBytes);
  return Math.max(Math.min(wanted, documentCount, MOST_BATCH_DOCUMENTS), 1);
}

/** Leaves out the batch's first document when it is the one the last read ended with. */
function skipKey(batch: DocumentBatch, key: DocumentKey): DocumentBatch | null {
  const first = splitDocuments(batch.bytes).next();
  if (first.done === true) throw new BugError("A batch holds no document");
  if (Buffer.compare(keyOfDocument(first.value), key) !== 0) return batch;
  if (batch.documentCount === 1) return null;
  return {
    bytes: batch.bytes.subarray(first.value.length),
    documentCount: batch.documentCount - 1,
    lastKey: batch.lastKey,
  };
}

/**
 * Before and after a read the name must belong to the planned collection. An open cursor stays with its collection; servers from 6.0 on
 * compare the UUID when they open it. On older ones, which are not read while they are followed, the two looks have to do.
 */
async function refuseAnotherCollection(client: MongoClient, request: ReadRequest): Promise<void> {
  if (request.uuid === null) return;
  const current = await readCollectionUuid(client, request.namespace);
  if (current === request.uuid) return;
  throw sourceGone(request, `its UUID is ${current ?? "gone"} instead of ${request.uuid}`);
}

function sourceGone({ namespace }: ReadRequest, cause: string): SourceGoneError {
  return new SourceGoneError({
    operation: "read documents",
    object: formatNamespace(namespace),
    isRetryable: false,
    hint: "The collection was dropped, recreated or renamed since it was planned; plan and apply again",
    cause: new Error(cause),
  });
}
