/** Looks for what belongs to collections and is not in them: users, roles, search indexes. Refusals are answers here. */
import { type Document, type MongoClient, MongoServerError } from "mongodb";
import pLimit from "p-limit";
import type { CollectionFacts, LeftBehind, SearchIndexes } from "../model/facts.ts";
import { serverText } from "./probe/server-text.ts";

const CONCURRENCY = 8;
/** How long each question may take, whose answer can be done without. */
const TIMEOUT_MS = 5_000;
/**
 * What servers without search say: before 7.0 an unknown stage, later CommandNotSupported (115), SearchNotEnabled (31082)
 * or that the command wants Atlas (6047401).
 */
const NO_SEARCH: ReadonlySet<unknown> = new Set([59, 115, 31_082, 40_324, 6_047_401]);

export async function readLeftBehind(
  client: MongoClient,
  collections: readonly CollectionFacts[],
): Promise<LeftBehind> {
  // Users are often defined in `admin`, whatever database they use.
  const databases = new Set(["admin", ...collections.map(({ namespace }) => namespace.db)]);
  const [userCount, roleCount, searchIndexes] = await Promise.all([
    countAll(client, databases, { usersInfo: 1 }, "users"),
    countAll(client, databases, { rolesInfo: 1 }, "roles"),
    listSearchIndexes(client, collections),
  ]);
  return { userCount, roleCount, searchIndexes };
}

/** Null as soon as one database keeps it to itself. */
async function countAll(
  client: MongoClient,
  databases: ReadonlySet<string>,
  command: Document,
  field: string,
): Promise<number | null> {
  const limit = pLimit(CONCURRENCY);
  const counts = await limit.map([...databases], async (database) => {
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
): Promise<readonly SearchIndexes[] | null> {
  const [first, ...others] = collections.filter(({ kind }) => kind === "collection");
  if (first === undefined) return [];
  const found = await searchIndexesOf(client, first);
  if (found === null || found === "no-search") return found === null ? null : [];
  const limit = pLimit(CONCURRENCY);
  const more = await limit.map(others, async (collection) => searchIndexesOf(client, collection));
  const all = [found, ...more];
  if (all.includes(null)) return null;
  return all.filter(
    (one): one is SearchIndexes => one !== null && one !== "no-search" && one.names.length > 0,
  );
}

async function searchIndexesOf(
  client: MongoClient,
  { namespace }: CollectionFacts,
): Promise<SearchIndexes | "no-search" | null> {
  const command = { aggregate: namespace.coll, pipeline: [{ $listSearchIndexes: {} }], cursor: {} };
  const reply = await ask(client, namespace.db, command);
  if (reply instanceof MongoServerError) return NO_SEARCH.has(reply.code) ? "no-search" : null;
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
