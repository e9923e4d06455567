import { type MongoClient, Timestamp } from "mongodb";
import { OperationError } from "../base/errors.ts";
import type { RetryNotice } from "../base/retry.ts";
import type { CollectionFacts } from "../model/facts.ts";
import type { Namespace } from "../model/namespace.ts";
import type { ClusterTime } from "../model/run.ts";
import type { DocumentBatch, DocumentKey, ReadRequest, SourceDeployment } from "../ports.ts";
import { listCollections, listDatabases } from "./catalog.ts";
import { countDocuments } from "./count-documents.ts";
import { describeKey } from "./exact-bson.ts";
import { operation } from "./operation-error.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { readAllRaw } from "./raw-cursor.ts";
import { readResuming } from "./read-resuming.ts";

/** Sampled keys for each split key: their median then rarely misses the true quantile by much. */
const SAMPLES_PER_PARTITION = 10;
const MOST_SAMPLES = 20_000;

export class MongoSource implements SourceDeployment {
  readonly #client: MongoClient;
  readonly #connection: string;
  readonly #notice: RetryNotice;

  /**
   * @param connection - The connection's name, for messages.
   * @param notice - Told of each read that is tried again.
   */
  constructor(client: MongoClient, connection: string, notice: RetryNotice) {
    this.#client = client;
    this.#connection = connection;
    this.#notice = notice;
  }

  async currentClusterTime(): Promise<ClusterTime> {
    return operation("read the cluster time", this.#connection, async () => {
      const reply = await this.#client.db("admin").command({ ping: 1 });
      const time: unknown = reply.operationTime;
      if (time instanceof Timestamp) return { seconds: time.t, increment: time.i };
      throw new OperationError({
        operation: "read the cluster time",
        object: this.#connection,
        isRetryable: false,
        hint: "Only replica sets and sharded clusters keep one",
      });
    });
  }

  async sampleKeys(namespace: Namespace, partitionCount: number): Promise<readonly DocumentKey[]> {
    const size = Math.min(partitionCount * SAMPLES_PER_PARTITION, MOST_SAMPLES);
    const documents = await readAllRaw(this.#client, {
      operation: "sample keys",
      namespace,
      command: {
        aggregate: namespace.coll,
        // The server sorts: only it knows the order of values of all types under the collection's collation.
        pipeline: [{ $sample: { size } }, { $project: { _id: 1 } }, { $sort: { _id: 1 } }],
        allowDiskUse: true,
        cursor: {},
      },
    });
    return documents.map((document) => keyOfDocument(document));
  }

  readBatches(request: ReadRequest, signal: AbortSignal): AsyncIterable<DocumentBatch> {
    return readResuming(this.#client, request, signal, this.#notice);
  }

  keyOf(document: Uint8Array): DocumentKey {
    return keyOfDocument(document);
  }

  describeKey(key: DocumentKey): string {
    return describeKey(key);
  }

  async listDatabases(): Promise<readonly string[]> {
    return listDatabases(this.#client, this.#connection);
  }

  async listCollections(databases: readonly string[]): Promise<readonly CollectionFacts[]> {
    return listCollections(this.#client, databases);
  }

  async countDocuments(namespace: Namespace): Promise<number> {
    return countDocuments(this.#client, namespace);
  }
}
