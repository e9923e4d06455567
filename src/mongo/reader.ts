import type { MongoClient } from "mongodb";
import { retryOperation, type RetryNotice } from "../base/retry.ts";
import type { CollectionFacts } from "../model/facts.ts";
import type { Namespace } from "../model/namespace.ts";
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
import { countDocuments } from "./count-documents.ts";
import { canSendKey, describeKey } from "./exact-bson.ts";
import { lookUp } from "./look-up.ts";
import { pickKeys } from "./pick-keys.ts";
import { tryFilter } from "./try-filter.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { readResuming } from "./read-resuming.ts";

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
    return readResuming(this.client, request, signal, this.#notice);
  }

  readArrays(request: ArrayRequest, signal: AbortSignal): AsyncIterable<DocumentArray> {
    return readArrays(this.client, request, signal, this.#notice);
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
