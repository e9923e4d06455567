import type { MongoClient } from "mongodb";
import type { DocumentKey } from "../model/document-key.ts";
import type { Namespace } from "../model/namespace.ts";
import { canSendKey } from "./exact-bson.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { readAllRaw } from "./raw-cursor.ts";

/** Keys picked at random, in the server's own order: only it knows that of all types under the collection's collation. */
export async function pickKeys(
  client: MongoClient,
  namespace: Namespace,
  count: number,
): Promise<readonly DocumentKey[]> {
  const documents = await readAllRaw(client, {
    operation: "pick keys",
    namespace,
    command: {
      aggregate: namespace.coll,
      pipeline: [{ $sample: { size: count } }, { $project: { _id: 1 } }, { $sort: { _id: 1 } }],
      allowDiskUse: true,
      cursor: {},
      readConcern: { level: "majority" },
    },
  });
  return documents.map((document) => keyOfDocument(document)).filter(canSendKey);
}
