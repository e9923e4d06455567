/**
 * Reads documents in order to compare them: replies stay as the server framed them, so that equal ones are equal as a whole. Guarantees
 * as `document-reader.ts`, without sharing more with it than how a range is asked for: a mistake there must not hide itself here.
 */
import { BSON, type Document, type MongoClient, MongoServerError, UUID } from "mongodb";
import { documentOffsets } from "../base/bson-array.ts";
import { BugError, OperationError, SourceGoneError } from "../base/errors.ts";
import type { RetryNotice } from "../base/retry.ts";
import type { DocumentKey } from "../model/document-key.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { ArrayRequest, DocumentArray } from "../ports.ts";
import { readCollectionUuid } from "./collection-uuid.ts";
import type { PickMember } from "./document-reader.ts";
import { filterQuery } from "./filter-query.ts";
import { rangeReads } from "./range-bounds.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { repliesAs, type TakenReply } from "./raw-cursor.ts";
import { resuming } from "./resuming.ts";
import { comparesUuids } from "./server-version.ts";
import { toTimestamp } from "./timestamp.ts";

const UUID_MISMATCH = 361;
/** Finding the documents of a reply takes memory, too. */
const MOST_REPLY_DOCUMENTS = 50_000;

/**
 * Reads a range to its end. In natural order a lost cursor cannot be gone on with: that fails.
 *
 * @param client - Of the primary, which alone knows at once what has which name.
 * @param pickMember - Asked each time: where to read the documents from.
 */
export async function* readArrays(
  client: MongoClient,
  request: ArrayRequest,
  signal: AbortSignal,
  notice: RetryNotice,
  pickMember: PickMember,
): AsyncGenerator<DocumentArray> {
  const clients = { client, pickMember };
  if (request.order === "natural") {
    yield* readOnce(clients, request, null, signal);
    return;
  }
  let after: DocumentKey | null = null;
  const open = (): AsyncIterable<DocumentArray> => readOnce(clients, request, after, signal);
  for await (const array of resuming(open, signal, notice)) {
    after = lastKey(array);
    yield array;
  }
}

async function* readOnce(
  { client, pickMember }: { readonly client: MongoClient; readonly pickMember: PickMember },
  request: ArrayRequest,
  after: DocumentKey | null,
  signal: AbortSignal,
): AsyncGenerator<DocumentArray> {
  const { namespace } = request;
  const isCompared = await comparesUuids(client, namespace.db);
  if (!isCompared) await refuseAnother(client, request);
  const member = await pickMember(request);
  const commands = findCommands({ ...request, notBefore: member.notBefore }, after, isCompared);
  let isFirst = after !== null;
  for (const command of commands) {
    const replies = repliesAs<DocumentArray, TakenReply<DocumentArray>>(
      takeArray,
      member.client,
      {
        operation: "read documents to compare",
        namespace,
        command,
        nextBatchDocuments: ({ bytes, offsets }) =>
          documentsFor(request, bytes.length / offsets.length),
      },
      signal,
    );
    for await (const { batch } of namingUuids(replies, namespace)) {
      const rest = batch !== null && isFirst && after !== null ? withoutKey(batch, after) : batch;
      if (batch !== null) isFirst = false;
      if (rest !== null) yield rest;
    }
  }
  if (!isCompared) await refuseAnother(client, request);
}

/** To be read one after another. */
function findCommands(
  { namespace, uuid, range, filter, notBefore, order, firstDocuments, most }: ArrayRequest,
  after: DocumentKey | null,
  isCompared: boolean,
): readonly Document[] {
  const query = filterQuery(filter);
  const reads =
    order === "natural"
      ? [{ filter: query, hint: { $natural: 1 } }]
      : rangeReads(namespace, { min: after ?? range.min, max: range.max }, query);
  return reads.map((read) => ({
    find: namespace.coll,
    ...read,
    batchSize: countWithin(firstDocuments, most?.()?.documentCount),
    ...(isCompared && uuid !== null ? { collectionUUID: new UUID(uuid) } : {}),
    readConcern: {
      level: "majority",
      ...(notBefore === null ? {} : { afterClusterTime: toTimestamp(notBefore) }),
    },
  }));
}

/** The array within a raw `cursor` field, as it is. */
function takeArray(cursor: Buffer): TakenReply<DocumentArray> {
  let cursorId = 0n;
  let bytes: Buffer | null = null;
  for (const [, nameOffset, nameLength, offset, length] of BSON.onDemand.parseToElements(cursor)) {
    const name = cursor.toString("latin1", nameOffset, nameOffset + nameLength);
    if (name === "id") cursorId = cursor.readBigInt64LE(offset);
    if (name.endsWith("Batch")) bytes = cursor.subarray(offset, offset + length);
  }
  if (bytes === null) throw new BugError("A cursor reply has no documents");
  const offsets = documentOffsets(bytes);
  return { cursorId, batch: offsets.length === 0 ? null : { bytes, offsets } };
}

function documentsFor({ replyBytes, most }: ArrayRequest, averageBytes: number): number {
  const portion = most?.();
  const bytes = Math.min(replyBytes, portion?.bytes ?? Infinity);
  return countWithin(bytes / averageBytes, portion?.documentCount);
}

function countWithin(wanted: number, most = Infinity): number {
  return Math.max(Math.min(Math.round(wanted), most, MOST_REPLY_DOCUMENTS), 1);
}

function documentAt({ bytes, offsets }: DocumentArray, index: number): Buffer {
  const offset = offsets[index];
  if (offset === undefined) throw new BugError("A reply has no such document");
  return bytes.subarray(offset, offset + bytes.readInt32LE(offset));
}

function lastKey(array: DocumentArray): DocumentKey {
  return keyOfDocument(documentAt(array, array.offsets.length - 1));
}

/** Without the document with which the read before has ended. */
function withoutKey(array: DocumentArray, key: DocumentKey): DocumentArray | null {
  if (Buffer.compare(keyOfDocument(documentAt(array, 0)), key) !== 0) return array;
  return array.offsets.length === 1 ? null : { ...array, offsets: array.offsets.slice(1) };
}

async function* namingUuids<T>(replies: AsyncIterable<T>, namespace: Namespace): AsyncGenerator<T> {
  try {
    yield* replies;
  } catch (error) {
    throw isOfAnother(error) ? goneError(namespace, "its name is another collection's") : error;
  }
}

export function isOfAnother(error: unknown): boolean {
  const cause = error instanceof OperationError ? error.cause : null;
  return cause instanceof MongoServerError && cause.code === UUID_MISMATCH;
}

/** Of servers that do not compare UUIDs themselves. */
async function refuseAnother(
  client: MongoClient,
  { namespace, uuid }: Pick<ArrayRequest, "namespace" | "uuid">,
): Promise<void> {
  if (uuid === null) return;
  const current = await readCollectionUuid(client, namespace);
  if (current !== uuid) {
    throw goneError(namespace, `its UUID is ${current ?? "gone"} instead of ${uuid}`);
  }
}

export function goneError(namespace: Namespace, cause: string): SourceGoneError {
  return new SourceGoneError({
    operation: "read documents to compare",
    object: formatNamespace(namespace),
    isRetryable: false,
    hint: "The collection was dropped, made anew or renamed since both ends were looked at; compare again",
    cause: new Error(cause),
  });
}
