import type { MongoClient } from "mongodb";
import type { RetryNotice } from "../base/retry.ts";
import type { CollectionFacts, LeftBehind } from "../model/facts.ts";
import type { ReadFrom } from "../model/limits.ts";
import type { Namespace } from "../model/namespace.ts";
import type { ClusterTime } from "../model/run.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { FetchRequest, SourceDeployment } from "../ports.ts";
import type { PickMember } from "./document-reader.ts";
import { fetchDocuments } from "./fetch-documents.ts";
import { canSendKey, decodeKey } from "./exact-bson.ts";
import { readLeftBehind } from "./left-behind.ts";
import { operation } from "./operation-error.ts";
import type { MemberToRead, PinnedSecondary } from "./pinned-secondary.ts";
import { MongoReader } from "./reader.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { readAllRaw } from "./raw-cursor.ts";
import { blockWrites } from "./write-block.ts";
import { waitForMajority } from "./wait-for-majority.ts";
import { oldestClusterTime, readIdentity } from "./source-history.ts";

/** Sampled keys for each split key: their median then rarely misses the true quantile by much. */
const SAMPLES_PER_PARTITION = 10;
const MOST_SAMPLES = 20_000;

export class MongoSource extends MongoReader implements SourceDeployment {
  readonly #secondary: PinnedSecondary | null;
  #readFrom: ReadFrom = "primary";

  /** @param secondary - Where to read documents from on request; null: always from the primary. */
  constructor(
    client: MongoClient,
    connection: string,
    notice: RetryNotice,
    secondary: PinnedSecondary | null = null,
  ) {
    super(client, connection, notice);
    this.#secondary = secondary;
  }

  readDocumentsFrom(member: ReadFrom): void {
    this.#readFrom = member;
  }

  /** The order in which a capped collection keeps its documents is each member's own: a read that goes on elsewhere would miss some. */
  protected override async pickMember(request: Parameters<PickMember>[0]): Promise<MemberToRead> {
    const isWanted = this.#readFrom === "secondary" && request.order !== "natural";
    const member = isWanted ? await this.#secondary?.pick() : null;
    return member ?? super.pickMember(request);
  }

  async settledClusterTime(): Promise<ClusterTime> {
    const time = await this.currentClusterTime();
    await operation("wait for a majority", this.connection, async () =>
      waitForMajority(this.client, time),
    );
    return time;
  }

  async blockWrites(isBlocked: boolean): Promise<void> {
    await blockWrites(this.client, this.connection, isBlocked);
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
