/** Changes what a collection is. Each command names the one collection it is for, which servers from 6.0 on compare themselves. */
import { type Document, type MongoClient, MongoServerError, UUID } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { IndexRefusal } from "../ports.ts";
import { readCollectionUuid } from "./collection-uuid.ts";
import { toIndexRefusal } from "./index-refusal.ts";
import { operation, REPLACED_MEANWHILE } from "./operation-error.ts";

const MAJORITY = { w: "majority" } as const;
const INDEX_NOT_FOUND = 27;

export interface AlterTools {
  readonly client: MongoClient;
  /** Whether the server compares UUIDs (from 6.0 on). */
  readonly comparesUuids: boolean;
}

export async function renameCollection(
  tools: AlterTools,
  from: Namespace,
  to: Namespace,
  uuid: string,
  lost: AbortSignal,
): Promise<void> {
  await operation("rename", from, async () => {
    const current = await readCollectionUuid(tools.client, from);
    // The answer to an earlier try may have been lost.
    if (current === null && (await readCollectionUuid(tools.client, to)) === uuid) return;
    refuseAnother(from, current, uuid);
    lost.throwIfAborted();
    await tools.client.db("admin").command({
      renameCollection: formatNamespace(from),
      to: formatNamespace(to),
      ...guardOf(tools, uuid),
      writeConcern: MAJORITY,
    });
  });
}

export async function alterCollection(
  tools: AlterTools,
  target: Namespace,
  uuid: string,
  changes: ReadonlyMap<string, unknown>,
): Promise<void> {
  await operation("alter", target, async () => {
    refuseAnother(target, await readCollectionUuid(tools.client, target), uuid);
    await tools.client.db(target.db).command({
      collMod: target.coll,
      ...Object.fromEntries(changes),
      ...guardOf(tools, uuid),
      writeConcern: MAJORITY,
    });
  });
}

/** Each set of changes is a command of its own: `unique` needs `prepareUnique` to have been taken before. */
export async function alterIndex(
  tools: AlterTools,
  target: Namespace,
  uuid: string,
  name: string,
  changes: readonly ReadonlyMap<string, unknown>[],
): Promise<IndexRefusal | null> {
  return operation("alter an index", target, async () => {
    for (const change of changes) {
      refuseAnother(target, await readCollectionUuid(tools.client, target), uuid);
      try {
        await tools.client.db(target.db).command({
          collMod: target.coll,
          index: { name, ...Object.fromEntries(change) },
          ...guardOf(tools, uuid),
          writeConcern: MAJORITY,
        });
      } catch (error) {
        const refusal = toIndexRefusal(error);
        if (refusal === null) throw error;
        return refusal;
      }
    }
    return null;
  });
}

export async function dropIndex(
  tools: AlterTools,
  target: Namespace,
  uuid: string,
  name: string,
): Promise<void> {
  await operation("drop an index", target, async () => {
    refuseAnother(target, await readCollectionUuid(tools.client, target), uuid);
    await tools.client
      .db(target.db)
      .command({
        dropIndexes: target.coll,
        index: name,
        ...guardOf(tools, uuid),
        writeConcern: MAJORITY,
      })
      .catch((error: unknown) => {
        const isGone = error instanceof MongoServerError && error.code === INDEX_NOT_FOUND;
        if (!isGone) throw error;
      });
  });
}

function guardOf({ comparesUuids }: AlterTools, uuid: string): Document {
  return comparesUuids ? { collectionUUID: new UUID(uuid) } : {};
}

function refuseAnother(target: Namespace, current: string | null, uuid: string): void {
  if (current === uuid) return;
  throw new OperationError({
    operation: "change a collection",
    object: formatNamespace(target),
    isRetryable: false,
    hint: REPLACED_MEANWHILE,
    cause: new Error(`its UUID is ${current ?? "gone"} instead of ${uuid}`),
  });
}
