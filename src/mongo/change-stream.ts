/**
 * The change stream of a whole deployment as a change feed (servers from 6.0 on: `showExpandedEvents`). Guarantees: every change
 * behind the position it was opened at is told once, in order, over lost connections and elections; a position is only
 * told behind the changes before it.
 */
import { BSON, type Document, type MongoClient } from "mongodb";
import { BugError } from "../base/errors.ts";
import type { RetryNotice } from "../base/retry.ts";
import type { Change, ChangeBatch, FeedPosition } from "../model/change.ts";
import type { ChangeFeed } from "../ports.ts";
import { ChangeEventReader } from "./change-event.ts";
import { splitDocuments } from "./raw-bson.ts";
import { rawReplies } from "./raw-cursor.ts";
import { positionOf } from "./resume-token.ts";
import { toTimestamp } from "./timestamp.ts";
import { resuming } from "./resuming.ts";

/** How long an idle server waits before it replies with the position alone. */
const AWAIT_MS = 500;
/** Events of the first reply, twice as many of each that follows: what is far behind begins to apply at once. */
const FIRST_EVENTS = 4_000;
/** In the end the size ends a reply. */
const MOST_EVENTS = 1_000_000;
/** A larger document is fetched by its key instead: with all around it, it might not fit into one event. */
const MOST_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** What is used of an event. `updateDescription` above all is not: it may alone be as large as a reply. */
const PROJECTION: Document = {
  operationType: 1,
  ns: 1,
  to: 1,
  documentKey: 1,
  collectionUUID: 1,
  "operationDescription.dropTarget": 1,
  fullDocument: {
    $cond: [
      { $lt: [{ $bsonSize: { $ifNull: ["$fullDocument", {}] } }, MOST_DOCUMENT_BYTES] },
      "$fullDocument",
      "$$REMOVE",
    ],
  },
};

export class ChangeStreamFeed implements ChangeFeed {
  readonly #client: MongoClient;
  readonly #notice: RetryNotice;

  constructor(client: MongoClient, notice: RetryNotice) {
    this.#client = client;
    this.#notice = notice;
  }

  async currentPosition(): Promise<FeedPosition> {
    for await (const { position } of this.#open(null)) return position;
    throw new BugError("A change stream has ended");
  }

  async *readChanges(from: FeedPosition, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    let position = from;
    const open = (): AsyncIterable<ChangeBatch> => this.#open(position, signal);
    for await (const batch of resuming(open, signal, this.#notice)) {
      ({ position } = batch);
      yield batch;
    }
    throw new BugError("A change stream has ended");
  }

  async *#open(from: FeedPosition | null, signal?: AbortSignal): AsyncGenerator<ChangeBatch> {
    const reader = new ChangeEventReader();
    let events = FIRST_EVENTS;
    const nextBatchDocuments = (): number => {
      events = Math.min(2 * events, MOST_EVENTS);
      return events;
    };
    const replies = rawReplies(
      this.#client,
      {
        operation: "read changes",
        namespace: { db: "admin", coll: "$cmd.aggregate" },
        command: {
          aggregate: 1,
          pipeline: [
            {
              $changeStream: {
                allChangesForCluster: true,
                showExpandedEvents: true,
                ...(from === null ? {} : startOf(from)),
              },
            },
            { $project: PROJECTION },
          ],
          cursor: { batchSize: from === null ? 0 : events },
        },
        nextBatchDocuments,
        awaitMs: AWAIT_MS,
      },
      signal,
    );
    let isFirst = true;
    for await (const { batch, resumeToken } of replies) {
      if (resumeToken === null) throw new BugError("A change stream replies without a token");
      const bytes = batch?.bytes ?? Buffer.alloc(0);
      yield {
        changes: readEvents(reader, bytes),
        position: positionOf(resumeToken),
        // The first reply may only repeat the position that the stream was opened at, at whose time nothing has been told yet.
        isThrough: batch === null && !isFirst,
        bytes: bytes.length,
      };
      isFirst = false;
    }
  }
}

function startOf({ resumeToken, clusterTime }: FeedPosition): Document {
  return resumeToken.length === 0
    ? { startAtOperationTime: toTimestamp(clusterTime) }
    : { resumeAfter: BSON.deserialize(resumeToken) };
}

function readEvents(reader: ChangeEventReader, bytes: Uint8Array): readonly Change[] {
  const changes: Change[] = [];
  for (const event of splitDocuments(bytes)) {
    changes.push(...reader.read(Buffer.from(event.buffer, event.byteOffset, event.byteLength)));
  }
  return changes;
}
