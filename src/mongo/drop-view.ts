import { type MongoClient, MongoServerError } from "mongodb";
import { digestOptions } from "../model/compare-definitions.ts";
import { nestedFields } from "../model/exact-document.ts";
import type { Namespace } from "../model/namespace.ts";
import { decodeFields, toExactDocument } from "./exact-bson.ts";
import { operation } from "./operation-error.ts";
import { readAllRaw } from "./raw-cursor.ts";

const NAMESPACE_NOT_FOUND = 26;

/**
 * Drops a view only while its definition has this digest. No server compares that itself, so the look comes right before.
 *
 * @param lost - Aborts when the lease is lost: from then on nothing is dropped (I7).
 * @returns False where something else has the name.
 */
export async function dropView(
  client: MongoClient,
  target: Namespace,
  digest: string,
  lost: AbortSignal,
): Promise<boolean> {
  const [raw] = await readAllRaw(client, {
    operation: "list collections",
    namespace: { db: target.db, coll: "$cmd.listCollections" },
    command: { listCollections: 1, filter: { name: target.coll }, cursor: {} },
  });
  if (raw === undefined) return true;
  const listed = decodeFields(raw);
  const options = toExactDocument(nestedFields(listed, "options"));
  if (listed.get("type") !== "view" || digestOptions(options) !== digest) return false;
  lost.throwIfAborted();
  await operation("drop", target, async () => {
    const command = { drop: target.coll, writeConcern: { w: "majority" } };
    await client.db(target.db).command(command).catch(passOverGone);
  });
  return true;
}

function passOverGone(error: unknown): void {
  const isGone = error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND;
  if (!isGone) throw error;
}
