/**
 * A server cursor read as raw bytes. The next reply is always under way while the last one is being used; leaving
 * the loop early frees the cursor.
 */
import { Long, type ClientSession, type Document, type MongoClient } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import { operation } from "./operation-error.ts";
import { type RawBatch, splitDocuments, takeCursorReply, type RawCursorReply } from "./raw-bson.ts";

export interface RawCursorRequest<Batch = RawBatch> {
  /** What is being done, for errors. */
  readonly operation: string;
  /** Where; the collection part is what `getMore` needs (`$cmd.…` for commands without a collection). */
  readonly namespace: Namespace;
  /** `find`, `aggregate`, `listCollections` or `listIndexes`. */
  readonly command: Document;
  /** Number of documents to ask for next, from the batch before. */
  readonly nextBatchDocuments?: (previous: Batch) => number;
  /** How long the server waits for something new, on a cursor that has no end. */
  readonly awaitMs?: number;
  /** How long a reply may take; a matter of tests. */
  readonly replyWithinMs?: number;
}

/**
 * The driver looks after a server and cuts its connections when that is silent. This is for a single connection that is, while others are
 * not: no reply, of 16 MiB at most, takes anywhere near that long.
 */
const REPLY_WITHIN_MS = 10 * 60_000;

const FREED_WITHIN_MS = 2_000;

/** The documents of a cursor; replies without any are left out. */
export async function* rawBatches(
  client: MongoClient,
  request: RawCursorRequest,
  signal?: AbortSignal,
): AsyncGenerator<RawBatch> {
  for await (const { batch } of rawReplies(client, request, signal)) {
    if (batch !== null) yield batch;
  }
}

/** Every reply of a cursor. */
export function rawReplies(
  client: MongoClient,
  request: RawCursorRequest,
  signal?: AbortSignal,
): AsyncGenerator<RawCursorReply> {
  return repliesAs(takeCursorReply, client, request, signal);
}

/** What is taken out of the raw `cursor` field of a reply. */
export interface TakenReply<Batch> {
  /** Zero when the cursor is exhausted. */
  readonly cursorId: bigint;
  /** Null where the reply holds no document. */
  readonly batch: Batch | null;
}

/** @param take - Given the bytes of each reply's `cursor`, which are its own. */
export async function* repliesAs<Batch, Reply extends TakenReply<Batch>>(
  take: (cursor: Buffer) => Reply & TakenReply<Batch>,
  client: MongoClient,
  request: RawCursorRequest<Batch>,
  signal?: AbortSignal,
): AsyncGenerator<Reply> {
  // Without causal consistency the driver leaves an afterClusterTime of ours alone.
  const session = client.startSession({ causalConsistency: false });
  let cursorId = 0n;
  const run = async (command: Document): Promise<Reply> => {
    const reply = take(await runRaw(client, session, request, command));
    cursorId = reply.cursorId;
    return reply;
  };
  try {
    let reply = await run(request.command);
    for (;;) {
      signal?.throwIfAborted();
      const next = cursorId === 0n ? null : run(getMoreCommand(request, reply));
      // Awaited below; until then a failure must not count as unhandled.
      next?.catch(() => {});
      yield reply;
      if (next === null) return;
      reply = await next;
    }
  } finally {
    if (cursorId !== 0n) await killCursor(client, request.namespace, cursorId);
    await session.endSession();
  }
}

/** All documents of a small result. The views stay valid: each reply has memory of its own. */
export async function readAllRaw(
  client: MongoClient,
  request: RawCursorRequest,
): Promise<Uint8Array[]> {
  const documents: Uint8Array[] = [];
  for await (const batch of rawBatches(client, request)) {
    documents.push(...splitDocuments(batch.bytes));
  }
  return documents;
}

async function runRaw<Batch>(
  client: MongoClient,
  session: ClientSession,
  request: RawCursorRequest<Batch>,
  command: Document,
): Promise<Buffer> {
  return operation(request.operation, request.namespace, async () => {
    const reply = await runWithin(request, async (signal) =>
      client.db(request.namespace.db).command(command, { session, raw: true, signal }),
    );
    const cursor: Uint8Array = reply.cursor;
    return Buffer.from(cursor.buffer, cursor.byteOffset, cursor.byteLength);
  });
}

/** @param run - Given a signal that ends the connection, too. */
async function runWithin<T>(
  {
    operation: name,
    namespace,
    replyWithinMs = REPLY_WITHIN_MS,
  }: Pick<RawCursorRequest, "operation" | "namespace" | "replyWithinMs">,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, replyWithinMs);
  try {
    return await run(limit.signal);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    throw new OperationError({
      operation: name,
      object: formatNamespace(namespace),
      isRetryable: true,
      cause: new Error(`no reply within ${replyWithinMs / 1_000} s`),
    });
  } finally {
    clearTimeout(timer);
  }
}

function getMoreCommand<Batch>(
  request: RawCursorRequest<Batch>,
  reply: TakenReply<Batch>,
): Document {
  const { batch } = reply;
  const size = batch === null ? undefined : request.nextBatchDocuments?.(batch);
  return {
    getMore: Long.fromBigInt(reply.cursorId),
    collection: request.namespace.coll,
    ...(size === undefined ? {} : { batchSize: size }),
    ...(request.awaitMs === undefined ? {} : { maxTimeMS: request.awaitMs }),
  };
}

/** A cursor that cannot be freed times out by itself: nobody who goes on with something else waits for that. */
async function killCursor(client: MongoClient, namespace: Namespace, id: bigint): Promise<void> {
  const command = { killCursors: namespace.coll, cursors: [Long.fromBigInt(id)] };
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, FREED_WITHIN_MS);
  await client
    .db(namespace.db)
    .command(command, { signal: limit.signal })
    .catch(() => {});
  clearTimeout(timer);
}
