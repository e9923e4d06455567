/** What a deployment holds: databases, collections with options, indexes and sizes. */
import { type MongoClient, MongoServerError } from "mongodb";
import pLimit from "p-limit";
import { OperationError } from "../base/errors.ts";
import { asNumber, type ExactDocument, nestedFields } from "../model/exact-document.ts";
import type { CollectionFacts, CollectionKind, IndexFacts } from "../model/facts.ts";
import { bucketsOf } from "../model/document-storage.ts";
import { formatNamespace, type Namespace, FUNCTIONS } from "../model/namespace.ts";
import { repairIndex } from "../model/repair-index.ts";
import { uuidHex } from "./collection-uuid.ts";
import { decodeFields, toExactDocument } from "./exact-bson.ts";
import { operation } from "./operation-error.ts";
import { readAllRaw } from "./raw-cursor.ts";

/** Commands under way at a time; enough to hide latency, too few to disturb a server. */
const CONCURRENCY = 8;
const UNAUTHORIZED = 13;
const NAMESPACE_NOT_FOUND = 26;
const NOT_SUPPORTED_ON_VIEW = 166;

export async function listDatabases(client: MongoClient, connection: string): Promise<string[]> {
  return operation("list databases", connection, async () => {
    const reply = await client.db("admin").command({ listDatabases: 1, nameOnly: true });
    const databases = reply.databases as readonly { readonly name: string }[];
    return databases.map((database) => database.name).toSorted();
  });
}

/** Whoever renames collections all the time is looked at as they are. */
const MOST_LOOKS = 5;

/** A collection that is renamed meanwhile is found under its new name. */
export async function listCollections(
  client: MongoClient,
  databases: readonly string[],
): Promise<CollectionFacts[]> {
  const found: CollectionFacts[] = [];
  let open = databases;
  for (let look = 1; open.length > 0; look++) {
    const { collections, vanished } = await listOnce(client, open);
    const again = new Set(look < MOST_LOOKS ? vanished : []);
    found.push(...collections.filter(({ namespace }) => !again.has(namespace.db)));
    open = [...again];
  }
  const order = new Map(databases.map((db, position) => [db, position]));
  return found.toSorted(
    (a, b) => (order.get(a.namespace.db) ?? 0) - (order.get(b.namespace.db) ?? 0),
  );
}

interface Listed {
  readonly collections: readonly CollectionFacts[];
  /** Databases of which something was dropped or renamed since it was listed. */
  readonly vanished: readonly string[];
}

async function listOnce(client: MongoClient, databases: readonly string[]): Promise<Listed> {
  const limit = pLimit(CONCURRENCY);
  const vanished = new Set<string>();
  const perDatabase = await limit.map([...databases], async (db) =>
    readAllRaw(client, {
      operation: "list collections",
      namespace: { db, coll: "$cmd.listCollections" },
      command: { listCollections: 1, cursor: {} },
    }).then((raws) => raws.map((raw) => ({ db, fields: decodeFields(raw) }))),
  );
  const listed = perDatabase.flat().map(({ db, fields }) => ({
    namespace: { db, coll: String(fields.get("name")) },
    fields,
  }));
  const uuids = new Map(
    listed.map((each) => [formatNamespace(each.namespace), uuidOf(each.fields)]),
  );
  const described = await limit.map(listed, async ({ namespace, fields }) =>
    describeCollection(client, namespace, fields, uuids).catch(
      // Dropped since it was listed, and maybe a view made in its place.
      (error: unknown) => {
        const isGone = [NAMESPACE_NOT_FOUND, NOT_SUPPORTED_ON_VIEW].some((code) =>
          hasCode(error, code),
        );
        if (!isGone) throw error;
        vanished.add(namespace.db);
        return null;
      },
    ),
  );
  const collections = described.filter((collection) => collection !== null);
  return { collections, vanished: [...vanished] };
}

function hasCode(error: unknown, code: number): boolean {
  return (
    error instanceof OperationError &&
    error.cause instanceof MongoServerError &&
    error.cause.code === code
  );
}

async function describeCollection(
  client: MongoClient,
  namespace: Namespace,
  listed: ReadonlyMap<string, unknown>,
  uuids: ReadonlyMap<string, string | null>,
): Promise<CollectionFacts> {
  const kind = String(listed.get("type")) as CollectionKind;
  const { indexes, sizes } = await describeContent(client, namespace, kind);
  return {
    namespace,
    kind,
    // A time series has none of its own; its documents are its buckets.
    uuid:
      kind === "timeseries"
        ? (uuids.get(formatNamespace(bucketsOf(namespace))) ?? null)
        : uuidOf(listed),
    options: toExactDocument(nestedFields(listed, "options")),
    indexes,
    ...sizes,
  };
}

interface Content {
  readonly indexes: readonly IndexFacts[];
  readonly sizes: typeof NO_SIZES;
}

/** An account that may read a database may not look into all of its system collections. */
async function describeContent(
  client: MongoClient,
  namespace: Namespace,
  kind: CollectionKind,
): Promise<Content> {
  const isFunctions = namespace.coll === FUNCTIONS;
  const isSystem = namespace.coll.startsWith("system.") && !isFunctions;
  if (kind === "view" || isSystem) return NOTHING_SEEN;
  try {
    const [indexes, sizes] = await Promise.all([
      listIndexes(client, namespace),
      readSizes(client, namespace),
    ]);
    return { indexes, sizes };
  } catch (error) {
    // Where they are selected, the rule `privileges` names what is missing.
    if (isFunctions && hasCode(error, UNAUTHORIZED)) return NOTHING_SEEN;
    throw error;
  }
}

function uuidOf(listed: ReadonlyMap<string, unknown>): string | null {
  return uuidHex(nestedFields(listed, "info").get("uuid"));
}

async function listIndexes(client: MongoClient, namespace: Namespace): Promise<IndexFacts[]> {
  const raws = await readAllRaw(client, {
    operation: "list indexes",
    namespace,
    // Without it, servers list an index that is being built like any other (with it: tried on 4.4.2, 5.0.4, 6.0.5).
    command: { listIndexes: namespace.coll, cursor: {}, includeBuildUUIDs: true },
  });
  return raws.map((raw) => toIndexFacts(decodeFields(raw)));
}

/** A build in progress comes as `{spec, buildUUID}`. */
function toIndexFacts(listed: ReadonlyMap<string, unknown>): IndexFacts {
  const isBuilding = listed.has("buildUUID");
  const fields = isBuilding ? nestedFields(listed, "spec") : listed;
  return { name: String(fields.get("name")), spec: toExactDocument(fields), isBuilding };
}

const NO_SIZES = { documentCount: 0, dataBytes: 0, indexBytes: 0, isSharded: false };
const NOTHING_SEEN: Content = { indexes: [], sizes: NO_SIZES };

/** Sizes as the server keeps them, without counting: right but for an unclean shutdown. */
async function readSizes(client: MongoClient, namespace: Namespace): Promise<typeof NO_SIZES> {
  return operation("read collection sizes", namespace, async () => {
    const stats = await client.db(namespace.db).command({ collStats: namespace.coll });
    return {
      documentCount: Number(stats.count ?? stats.timeseries?.bucketCount ?? 0),
      dataBytes: Number(stats.size ?? 0),
      indexBytes: Number(stats.totalIndexSize ?? 0),
      isSharded: stats.sharded === true,
    };
  });
}

/**
 * What `createIndexes` is given. A description without a collation means the simple one, while `createIndexes` would take
 * the collection's; in version 1, which has none, it refuses to be told so. A partial index of a time series always has the
 * collection's, and must not name any (code 85, tried on 6.0.5 and 6.0.27).
 *
 * @param kind - Of the collection that gets the index; needed for partial ones only.
 */
export function indexDefinition(
  spec: ExactDocument,
  kind: CollectionKind | null,
): ReadonlyMap<string, unknown> {
  const { fields } = repairIndex(spec);
  if (asNumber(fields.get("v")) === 1) return fields;
  if (kind === "timeseries" && isPartial(spec)) {
    return new Map([...fields].filter(([name]) => name !== "collation"));
  }
  return new Map([["collation", { locale: "simple" }], ...fields]);
}

function isPartial({ fields }: ExactDocument): boolean {
  return fields.has("partialFilterExpression");
}
