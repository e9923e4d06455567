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

/** Each but the first takes milliseconds: it describes what was renamed since the one before it. */
const MOST_LOOKS = 20;

/**
 * The collections as one listing of their database has them. What is renamed before it is described is listed anew, so that
 * it is never missing; what is dropped meanwhile is left out.
 */
export async function listCollections(
  client: MongoClient,
  databases: readonly string[],
): Promise<CollectionFacts[]> {
  const limit = pLimit(CONCURRENCY);
  const described = new Map<string, CollectionFacts>();
  let listing = await limit.map([...databases], async (db) => listDatabase(client, db));
  for (let look = 1; look <= MOST_LOOKS; look++) {
    const present = listing.flatMap(({ collections }) => collections);
    const missing = present.filter((each) => !described.has(nameOf(each)));
    const uuids = new Map(present.map((each) => [formatNamespace(each.namespace), each.uuid]));
    await limit.map(missing, async (each) => {
      const facts = await describeCollection(client, each, uuids);
      if (facts !== null) described.set(nameOf(each), facts);
    });
    const vanished = missing.filter((each) => !described.has(nameOf(each)));
    const affected = new Set(vanished.map(({ namespace }) => namespace.db));
    const next = await limit.map(listing, async (before) =>
      affected.has(before.db) ? listDatabase(client, before.db) : before,
    );
    const still = new Set(next.flatMap(({ collections }) => collections.map(({ uuid }) => uuid)));
    if (!vanished.some(({ uuid }) => uuid !== null && still.has(uuid))) {
      return present.flatMap((each) => described.get(nameOf(each)) ?? []);
    }
    listing = next;
  }
  throw new OperationError({
    operation: "list collections",
    object: databases.join(", "),
    hint: "Collections are renamed faster than they can be looked at",
    isRetryable: true,
  });
}

interface ListedCollection {
  readonly namespace: Namespace;
  readonly kind: CollectionKind;
  /** Null for views and time series. */
  readonly uuid: string | null;
  readonly options: ExactDocument;
}

/** One that has another name, or another collection of the same name, has to be described anew. */
function nameOf({ namespace, uuid, kind }: ListedCollection): string {
  return `${kind} ${uuid} ${formatNamespace(namespace)}`;
}

interface ListedDatabase {
  readonly db: string;
  readonly collections: readonly ListedCollection[];
}

async function listDatabase(client: MongoClient, db: string): Promise<ListedDatabase> {
  const raws = await readAllRaw(client, {
    operation: "list collections",
    namespace: { db, coll: "$cmd.listCollections" },
    command: { listCollections: 1, cursor: {} },
  });
  const collections = raws.map((raw) => {
    const fields = decodeFields(raw);
    return {
      namespace: { db, coll: String(fields.get("name")) },
      kind: String(fields.get("type")) as CollectionKind,
      uuid: uuidHex(nestedFields(fields, "info").get("uuid")),
      options: toExactDocument(nestedFields(fields, "options")),
    };
  });
  return { db, collections };
}

function hasCode(error: unknown, code: number): boolean {
  return (
    error instanceof OperationError &&
    error.cause instanceof MongoServerError &&
    error.cause.code === code
  );
}

/** @returns Null where it was dropped or renamed since it was listed, and maybe a view made in its place. */
async function describeCollection(
  client: MongoClient,
  { namespace, kind, uuid, options }: ListedCollection,
  uuids: ReadonlyMap<string, string | null>,
): Promise<CollectionFacts | null> {
  try {
    const { indexes, sizes } = await describeContent(client, namespace, kind);
    // A time series has no UUID of its own; its documents are its buckets.
    const buckets = () => uuids.get(formatNamespace(bucketsOf(namespace))) ?? null;
    const ownUuid = kind === "timeseries" ? buckets() : uuid;
    return { namespace, kind, uuid: ownUuid, options, indexes, ...sizes };
  } catch (error) {
    if (hasCode(error, NAMESPACE_NOT_FOUND) || hasCode(error, NOT_SUPPORTED_ON_VIEW)) return null;
    throw error;
  }
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
