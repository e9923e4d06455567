/** Looks for what belongs to collections and is not in them: users, roles, search indexes. Refusals are answers here. */
import { type Document, type MongoClient, MongoServerError } from "mongodb";
import pLimit from "p-limit";
import type { CollectionFacts, LeftBehind, SearchIndexes } from "../model/facts.ts";
import { serverText } from "./probe/server-text.ts";

const CONCURRENCY = 8;
/** How long each question may take, whose answer can be done without. */
const TIMEOUT_MS = 5_000;
/** Servers that know the stage and have no search: CommandNotSupported, SearchNotEnabled, or that it wants Atlas. */
const NO_SEARCH: ReadonlySet<unknown> = new Set([115, 31_082, 6_047_401]);
/**
 * Releases that do not know the stage: 4.4.2 to 6.0.5 (tried; 6.0.27 does). On Atlas such clusters may have search indexes all
 * the same.
 */
const STAGE_UNKNOWN: ReadonlySet<unknown> = new Set([59, 40_324]);

export async function readLeftBehind(
  client: MongoClient,
  collections: readonly CollectionFacts[],
): Promise<LeftBehind> {
  // Users are often defined in `admin`, whatever database they use.
  const databases = ["admin", ...new Set(collections.map(({ namespace }) => namespace.db))];
  const [users, roleCount, searchIndexes] = await Promise.all([
    countUsers(client, databases),
    countIn(client, databases, { rolesInfo: 1 }, "roles"),
    listSearchIndexes(client, collections),
  ]);
  return { users, roleCount, searchIndexes };
}

/** All of the deployment, which is a right of its own; otherwise those of the databases, and those that log in by other means. */
async function countUsers(
  client: MongoClient,
  databases: readonly string[],
): Promise<LeftBehind["users"]> {
  const all = await countIn(client, ["admin"], { usersInfo: { forAllDBs: true } }, "users");
  if (all !== null) return { count: all, isOfDeployment: true };
  const count = await countIn(client, [...databases, "$external"], { usersInfo: 1 }, "users");
  return count === null ? null : { count, isOfDeployment: false };
}

/** Null as soon as one database keeps it to itself. */
async function countIn(
  client: MongoClient,
  databases: readonly string[],
  command: Document,
  field: string,
): Promise<number | null> {
  const limit = pLimit(CONCURRENCY);
  const counts = await limit.map([...new Set(databases)], async (database) => {
    const reply = await ask(client, database, command);
    return reply instanceof MongoServerError || !Array.isArray(reply[field])
      ? null
      : reply[field].length;
  });
  return counts.some((count) => count === null)
    ? null
    : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** The first collection tells whether there is search at all. */
async function listSearchIndexes(
  client: MongoClient,
  collections: readonly CollectionFacts[],
): Promise<LeftBehind["searchIndexes"]> {
  const [first, ...others] = collections.filter(({ kind }) => kind === "collection");
  if (first === undefined) return [];
  const found = await searchIndexesOf(client, first);
  if (found === null || found === "stage-unknown") return found;
  if (found === "no-search") return [];
  const limit = pLimit(CONCURRENCY);
  const more = await limit.map(others, async (collection) => searchIndexesOf(client, collection));
  const all = [found, ...more].filter((one) => one !== "no-search");
  // A refusal after an answer leaves it open for that collection, whatever its reason.
  const answered = all.filter((one) => one !== null && one !== "stage-unknown");
  return answered.length < all.length ? null : answered.filter(({ names }) => names.length > 0);
}

async function searchIndexesOf(
  client: MongoClient,
  { namespace }: CollectionFacts,
): Promise<SearchIndexes | "no-search" | "stage-unknown" | null> {
  const command = { aggregate: namespace.coll, pipeline: [{ $listSearchIndexes: {} }], cursor: {} };
  const reply = await ask(client, namespace.db, command);
  if (reply instanceof MongoServerError) {
    if (NO_SEARCH.has(reply.code)) return "no-search";
    return STAGE_UNKNOWN.has(reply.code) ? "stage-unknown" : null;
  }
  const indexes: unknown = reply["cursor"]?.firstBatch;
  if (!Array.isArray(indexes)) return null;
  return { namespace, names: indexes.map((index: Document) => serverText(index["name"])) };
}

/** A refusal is returned; a lost connection is thrown. */
async function ask(
  client: MongoClient,
  database: string,
  command: Document,
): Promise<Document | MongoServerError> {
  try {
    return await client.db(database).command({ ...command, maxTimeMS: TIMEOUT_MS });
  } catch (error) {
    if (error instanceof MongoServerError) return error;
    throw error;
  }
}
