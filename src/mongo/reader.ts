import { type MongoClient, Timestamp } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { retryOperation, type RetryNotice } from "../base/retry.ts";
import type { CollectionFacts } from "../model/facts.ts";
import type { Namespace } from "../model/namespace.ts";
import type { ClusterTime } from "../model/run.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type {
  ArrayRequest,
  ComparedDeployment,
  DocumentArray,
  DocumentBatch,
  DocumentReader,
  LookUpRequest,
  ReadRequest,
} from "../ports.ts";
import { readArrays } from "./array-reader.ts";
import { listCollections, listDatabases } from "./catalog.ts";
import type { PickMember } from "./document-reader.ts";
import { countDocuments } from "./count-documents.ts";
import { canSendKey, describeKey } from "./exact-bson.ts";
import { lookUp } from "./look-up.ts";
import { pickKeys } from "./pick-keys.ts";
import { tryFilter } from "./try-filter.ts";
import { operation } from "./operation-error.ts";
import type { MemberToRead } from "./pinned-secondary.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { readResuming } from "./read-resuming.ts";
import { readWriteBlock } from "./write-block.ts";

/** What can be asked of either end. */
export class MongoReader implements DocumentReader, ComparedDeployment {
  protected readonly client: MongoClient;
  protected readonly connection: string;
  readonly #notice: RetryNotice;

  /**
   * @param connection - The connection's name, for messages.
   * @param notice - Told of each read that is tried again.
   */
  constructor(client: MongoClient, connection: string, notice: RetryNotice) {
    this.client = client;
    this.connection = connection;
    this.#notice = notice;
  }

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

  async readWriteBlock(): Promise<boolean | null> {
    return readWriteBlock(this.client, this.connection);
  }

  async listDatabases(): Promise<readonly string[]> {
    return listDatabases(this.client, this.connection);
  }

  async listCollections(databases: readonly string[]): Promise<readonly CollectionFacts[]> {
    return listCollections(this.client, databases);
  }

  async countDocuments(namespace: Namespace, filter: string | null): Promise<number> {
    return countDocuments(this.client, namespace, filter);
  }

  async tryFilter(namespace: Namespace, filter: string): Promise<string | null> {
    return tryFilter(this.client, namespace, filter);
  }

  readBatches(request: ReadRequest, signal: AbortSignal): AsyncIterable<DocumentBatch> {
    return readResuming(this.client, request, signal, this.#notice, async (wanted) =>
      this.pickMember(wanted),
    );
  }

  /** Where documents are read from. */
  protected async pickMember({ notBefore }: Parameters<PickMember>[0]): Promise<MemberToRead> {
    return { client: this.client, notBefore };
  }

  readArrays(request: ArrayRequest, signal: AbortSignal): AsyncIterable<DocumentArray> {
    return readArrays(this.client, request, signal, this.#notice, async (wanted) =>
      this.pickMember(wanted),
    );
  }

  async lookUp(request: LookUpRequest, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    return retryOperation(async () => lookUp(this.client, request), signal, this.#notice);
  }

  async pickKeys(namespace: Namespace, count: number): Promise<readonly DocumentKey[]> {
    return pickKeys(this.client, namespace, count);
  }

  canReadFrom(key: DocumentKey): boolean {
    return canSendKey(key);
  }

  keyOf(document: Uint8Array): DocumentKey {
    return keyOfDocument(document);
  }

  describeKey(key: DocumentKey): string {
    return describeKey(key);
  }
}
