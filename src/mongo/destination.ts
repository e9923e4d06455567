import { type Document, type MongoClient, MongoServerError, UUID } from "mongodb";
import { BugError, OperationError } from "../base/errors.ts";
import type { RetryNotice } from "../base/retry.ts";
import type { Pressure } from "../model/back-off.ts";
import type { ExactDocument } from "../model/exact-document.ts";
import { formatNamespace, type Namespace, FUNCTIONS } from "../model/namespace.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type {
  DestinationDeployment,
  DocumentBatch,
  IndexRefusal,
  Lease,
  WriteTarget,
} from "../ports.ts";
import {
  alterCollection,
  alterIndex,
  type AlterTools,
  dropIndex,
  renameCollection,
} from "./alter-collection.ts";
import { indexDefinition } from "./catalog.ts";
import { type CollectionIdentity, readCollectionUuid, readIdentity } from "./collection-uuid.ts";
import { rewriteBatch, writeBatch } from "./document-writer.ts";
import { canKeepEmptyTimestamps } from "./empty-timestamps.ts";
import type { WriteDestination } from "./insert-documents.ts";
import { PressureReader } from "./facts/read-pressure.ts";
import { findDuplicates } from "./find-duplicates.ts";
import { deleteKeys } from "./delete-keys.ts";
import { dropView } from "./drop-view.ts";
import { createIndexBuildReader } from "./index-build-progress.ts";
import { toIndexRefusal } from "./index-refusal.ts";
import { operation, REPLACED_MEANWHILE } from "./operation-error.ts";
import { MongoReader } from "./reader.ts";
import { raceAbort } from "./race-abort.ts";
import { refuseErrors, runWrite } from "./run-write.ts";
import { WriteSessions } from "./write-sessions.ts";
import { insertOrReplace, upsertDocuments } from "./upsert-documents.ts";

const MAJORITY = { w: "majority" } as const;
const NAMESPACE_NOT_FOUND = 26;

export class MongoDestination extends MongoReader implements DestinationDeployment {
  readonly #comparesUuids: boolean;
  readonly #alters: AlterTools;
  #writes: WriteDestination;
  readonly #metadataDatabase: string;
  readonly #pressure: PressureReader;
  readonly #readIndexShare: ReturnType<typeof createIndexBuildReader>;

  /**
   * @param connection - The connection's name, for messages.
   * @param server - Its version, and the database where what the migration knows is kept.
   * @param notice - Told of each read that is tried again.
   */
  constructor(
    client: MongoClient,
    connection: string,
    { version, metadataDatabase }: { readonly version: string; readonly metadataDatabase: string },
    notice: RetryNotice,
  ) {
    super(client, connection, notice);
    this.#metadataDatabase = metadataDatabase;
    this.#comparesUuids = Number.parseInt(version, 10) >= 6;
    this.#alters = { client, comparesUuids: this.#comparesUuids };
    this.#pressure = new PressureReader(client);
    this.#readIndexShare = createIndexBuildReader(client);
    this.#writes = {
      client,
      sessions: null,
      validatedDatabases: new Set(),
      keepsEmptyTimestamps: canKeepEmptyTimestamps(version),
      comparesUuids: this.#comparesUuids,
    };
  }

  async writeUnder({ migration, epoch }: Lease): Promise<void> {
    await operation("end the writes of earlier processes", this.connection, async () => {
      const sessions = new WriteSessions(this.client, this.#metadataDatabase, { migration, epoch });
      await sessions.fenceEarlier();
      this.#writes = { ...this.#writes, sessions };
    });
  }

  async isView(target: Namespace): Promise<boolean> {
    return operation("list collections", target, async () => {
      const filter = { name: target.coll, type: "view" };
      const found = await this.client.db(target.db).listCollections(filter).toArray();
      return found.length > 0;
    });
  }

  async readUuid(target: Namespace): Promise<string | null> {
    return readCollectionUuid(this.client, target);
  }

  async createCollection(target: Namespace, options: ExactDocument): Promise<string> {
    const standing = target.coll === FUNCTIONS ? await this.#readEmptyUuid(target) : null;
    if (standing !== null) return standing;
    await this.#create(target, options);
    const uuid = await this.readUuid(target);
    if (uuid === null) throw new BugError(`${formatNamespace(target)} has no UUID after creation`);
    return uuid;
  }

  /** Functions that were removed have left an empty collection, which is as good as a new one. */
  async #readEmptyUuid(target: Namespace): Promise<string | null> {
    const uuid = await this.readUuid(target);
    return uuid !== null && (await this.countDocuments(target, null)) === 0 ? uuid : null;
  }

  async createView(target: Namespace, options: ExactDocument): Promise<void> {
    await this.#create(target, options);
  }

  async #create(target: Namespace, options: ExactDocument): Promise<void> {
    await operation("create", target, async () => {
      await this.client.db(target.db).command({
        create: target.coll,
        ...Object.fromEntries(options.fields),
        writeConcern: MAJORITY,
      });
    });
  }

  async dropNamespace(target: Namespace, uuid: string | null, lost: AbortSignal): Promise<void> {
    const found = await readIdentity(this.client, target);
    const isMeant = uuid === null ? found?.kind === "view" : found?.uuid === uuid;
    if (!isMeant) return;
    if (target.coll === FUNCTIONS) return this.#emptyFunctions(target, lost);
    await operation("drop", target, async () => {
      // From 6.0 the server itself compares the UUID once more.
      // A time series has no UUID of its own to compare.
      const isGuarded = this.#comparesUuids && found?.kind === "collection";
      const guard = uuid === null || !isGuarded ? {} : guardOf(uuid);
      const command = { drop: target.coll, ...guard, writeConcern: MAJORITY };
      lost.throwIfAborted();
      await this.client
        .db(target.db)
        .command(command)
        .catch((error: unknown) => {
          const isGone = error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND;
          if (!isGone) throw error;
        });
    });
  }

  async dropView(target: Namespace, digest: string, lost: AbortSignal): Promise<boolean> {
    return dropView(this.client, target, digest, lost);
  }

  /**
   * Servers refuse to drop `system.js` (code 20), so only its documents go. It keeps its UUID: what another process has
   * copied into it since looks the same, and only the lease tells.
   */
  async #emptyFunctions(target: Namespace, lost: AbortSignal): Promise<void> {
    lost.throwIfAborted();
    const command = { delete: target.coll, deletes: [{ q: {}, limit: 0 }] };
    // Of many at once, which no number in a session is given to.
    const writer = { client: this.client, sessions: null };
    refuseErrors(target, await runWrite(writer, target, command), []);
  }

  async renameCollection(
    from: Namespace,
    to: Namespace,
    uuid: string,
    lost: AbortSignal,
  ): Promise<void> {
    await renameCollection(this.#alters, from, to, uuid, lost);
  }

  async alterCollection(
    target: Namespace,
    uuid: string,
    changes: ReadonlyMap<string, unknown>,
  ): Promise<void> {
    await alterCollection(this.#alters, target, uuid, changes);
  }

  get canConvert(): boolean {
    return this.#comparesUuids;
  }

  async alterIndex(
    target: Namespace,
    uuid: string,
    name: string,
    changes: readonly ReadonlyMap<string, unknown>[],
  ): Promise<IndexRefusal | null> {
    return alterIndex(this.#alters, target, uuid, name, changes);
  }

  async dropIndex(target: Namespace, uuid: string, name: string): Promise<void> {
    await dropIndex(this.#alters, target, uuid, name);
  }

  async writeBatch(target: WriteTarget, batch: DocumentBatch): Promise<void> {
    await writeBatch(this.#writes, target, batch);
  }

  async rewriteBatch(
    target: WriteTarget,
    batch: DocumentBatch,
    max: DocumentKey | null,
  ): Promise<void> {
    await rewriteBatch(this.#writes, target, batch, max);
  }

  async insertDocuments(target: WriteTarget, documents: readonly Uint8Array[]): Promise<void> {
    await insertOrReplace(this.#writes, target, documents);
  }

  async putDocuments(target: WriteTarget, documents: readonly Uint8Array[]): Promise<void> {
    await upsertDocuments(this.#writes, target, documents);
  }

  async deleteDocuments(target: WriteTarget, keys: readonly DocumentKey[]): Promise<void> {
    await deleteKeys(this.#writes, target, keys);
  }

  async createIndexes(
    target: Namespace,
    uuid: string | null,
    specs: readonly ExactDocument[],
    signal: AbortSignal,
  ): Promise<IndexRefusal | null> {
    if (specs.length === 0) return null;
    return operation("create indexes", target, async () => {
      const { kind } = await this.#identify(target, uuid);
      const isGuarded = this.#comparesUuids && kind === "collection";
      const command = {
        createIndexes: target.coll,
        indexes: specs.map((spec) => indexDefinition(spec, kind)),
        ...(isGuarded && uuid !== null ? guardOf(uuid) : {}),
        writeConcern: MAJORITY,
      };
      try {
        await raceAbort(this.client.db(target.db).command(command), signal);
        return null;
      } catch (error) {
        const refusal = toIndexRefusal(error);
        if (refusal === null) throw error;
        return refusal;
      }
    });
  }

  /**
   * `createIndexes` creates a collection that is missing, and alters whatever else has its name (I8). From 6.0 on the server
   * itself compares the UUID once more (tried on 6.0.5 and 6.0.27; 5.0 does not know the field), but for time series, where 6.0
   * takes any.
   */
  async #identify(target: Namespace, uuid: string | null): Promise<CollectionIdentity> {
    const found = await readIdentity(this.client, target);
    if (uuid !== null && found?.uuid === uuid) return found;
    throw new OperationError({
      operation: "create indexes",
      object: formatNamespace(target),
      isRetryable: false,
      hint: REPLACED_MEANWHILE,
      cause: new Error(`its UUID is ${found?.uuid ?? "gone"} instead of ${uuid}`),
    });
  }

  async readIndexShare(target: Namespace, signal: AbortSignal): Promise<number | null> {
    return this.#readIndexShare(target, signal);
  }

  async readPressure(): Promise<Omit<Pressure, "writeMs">> {
    return this.#pressure.read();
  }

  async findDuplicates(target: Namespace, spec: ExactDocument): Promise<readonly string[]> {
    return findDuplicates(this.client, target, spec);
  }
}

function guardOf(uuid: string): Document {
  return { collectionUUID: new UUID(uuid) };
}
