import { Timestamp } from "mongodb";
import { OperationError } from "../base/errors.ts";
import type { CollectionFacts, LeftBehind } from "../model/facts.ts";
import type { Namespace } from "../model/namespace.ts";
import type { ClusterTime } from "../model/run.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { FetchRequest, SourceDeployment } from "../ports.ts";
import { fetchDocuments } from "./fetch-documents.ts";
import { canSendKey, decodeKey } from "./exact-bson.ts";
import { readLeftBehind } from "./left-behind.ts";
import { operation } from "./operation-error.ts";
import { MongoReader } from "./reader.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { readAllRaw } from "./raw-cursor.ts";
import { waitForMajority } from "./wait-for-majority.ts";
import { oldestClusterTime, readIdentity } from "./source-history.ts";

/** Sampled keys for each split key: their median then rarely misses the true quantile by much. */
const SAMPLES_PER_PARTITION = 10;
const MOST_SAMPLES = 20_000;

export class MongoSource extends MongoReader implements SourceDeployment {
  async currentClusterTime(): Promise<ClusterTime> {
    return operation("read the cluster time", this.connection, async () => {
      const reply = await this.client.db("admin").command({ ping: 1 });
      const time: unknown = reply.operationTime;
      if (time instanceof Timestamp) return { seconds: time.t, increment: time.i };
      throw new OperationError({
        operation: "read the cluster time",
        object: this.connection,
        isRetryable: false,
        hint: "Only replica sets and sharded clusters keep one",
      });
    });
  }

  async settledClusterTime(): Promise<ClusterTime> {
    const time = await this.currentClusterTime();
    await operation("wait for a majority", this.connection, async () =>
      waitForMajority(this.client, time),
    );
    return time;
  }

  async readIdentity(): Promise<string> {
    return readIdentity(this.client, this.connection);
  }

  async oldestClusterTime(): Promise<ClusterTime | null> {
    return oldestClusterTime(this.client, this.connection);
  }

  fetchDocuments(request: FetchRequest): AsyncIterable<readonly Uint8Array[]> {
    return fetchDocuments(this.client, request, async () => this.settledClusterTime());
  }

  async readLeftBehind(collections: readonly CollectionFacts[]): Promise<LeftBehind> {
    return readLeftBehind(this.client, collections);
  }

  async sampleKeys(
    namespace: Namespace,
    partitionCount: number,
    min: DocumentKey,
  ): Promise<readonly DocumentKey[]> {
    const size = Math.min(partitionCount * SAMPLES_PER_PARTITION, MOST_SAMPLES);
    const documents = await readAllRaw(this.client, {
      operation: "sample keys",
      namespace,
      command: {
        aggregate: namespace.coll,
        // The server sorts: only it knows the order of values of all types under the collection's collation.
        pipeline: [
          { $sample: { size } },
          { $project: { _id: 1 } },
          // In an expression, values of all types are compared, not only those of one.
          { $match: { $expr: { $gte: ["$_id", { $literal: decodeKey(min).get("_id") }] } } },
          { $sort: { _id: 1 } },
        ],
        allowDiskUse: true,
        cursor: {},
      },
    });
    return documents.map((document) => keyOfDocument(document)).filter(canSendKey);
  }
}
