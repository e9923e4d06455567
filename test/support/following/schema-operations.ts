/** Random operations on what there is: collections, indexes, options, views, databases. */
import type { Db, Document, MongoClient } from "mongodb";
import type { SeededRandom } from "../seeded-random.ts";

type Operation = (client: MongoClient, random: SeededRandom) => Promise<unknown>;

/** `tmp_…` is excluded from the migration, `attic` no part of it. */
const NAMES = ["orders", "items", "users", "logs", "tmp_a", "tmp_b", "fresh"];
const DATABASES = ["shop", "shop", "shop", "crm"];

const CREATE_OPTIONS: readonly Document[] = [
  {},
  {},
  { validator: { a: { $ne: "refused" } }, validationLevel: "moderate" },
  { collation: { locale: "en", strength: 2 } },
  { clusteredIndex: { key: { _id: 1 }, unique: true } },
  { changeStreamPreAndPostImages: { enabled: true } },
  { capped: true, size: 1_048_576 },
];

const INDEXES: readonly (readonly [Document, Document])[] = [
  [{ a: 1 }, {}],
  [{ "list.b": 1, n: -1 }, {}],
  [{ unique: 1 }, { unique: true, sparse: true }],
  [{ n: 1 }, { hidden: true }],
  [{ at: 1 }, { expireAfterSeconds: 86_400_000 }],
  [{ text: "text" }, {}],
  [{ "nested.$**": 1 }, {}],
  [{ b: "hashed" }, {}],
  [{ a: 1, n: 1 }, { partialFilterExpression: { n: { $gt: 5 } } }],
  [{ tags: 1 }, { collation: { locale: "de" } }],
];

function dbOf(client: MongoClient, random: SeededRandom): Db {
  return client.db(random.pick(DATABASES));
}

const create: Operation = async (client, random) =>
  dbOf(client, random).createCollection(random.pick(NAMES), random.pick(CREATE_OPTIONS));

const drop: Operation = async (client, random) =>
  dbOf(client, random).collection(random.pick(NAMES)).drop();

const recreate: Operation = async (client, random) => {
  const collection = dbOf(client, random).collection(random.pick(NAMES));
  await collection.drop();
  await collection.insertOne({ _id: 1 as never, anew: true });
};

const rename: Operation = async (client, random) => {
  const db = dbOf(client, random);
  await db.renameCollection(random.pick(NAMES), random.pick(NAMES), {
    dropTarget: random.below(2) === 0,
  });
};

const swap: Operation = async (client) => {
  const db = client.db("shop");
  await db.renameCollection("orders", "swapping");
  await db.renameCollection("items", "orders");
  await db.renameCollection("swapping", "items");
};

const renameAcross: Operation = async (client, random) => {
  const [from, to] = random.pick([
    ["shop", "crm"],
    ["crm", "shop"],
    ["shop", "attic"],
    ["attic", "shop"],
  ]) as [string, string];
  await client.db("admin").command({
    renameCollection: `${from}.${random.pick(NAMES)}`,
    to: `${to}.${random.pick(NAMES)}`,
    dropTarget: random.below(2) === 0,
  });
};

const createIndex: Operation = async (client, random) => {
  const [key, options] = random.pick(INDEXES);
  await dbOf(client, random)
    .collection(random.pick(NAMES))
    .createIndex(key as never, options);
};

const dropIndexes: Operation = async (client, random) => {
  const collection = dbOf(client, random).collection(random.pick(NAMES));
  const [key] = random.pick(INDEXES);
  const found = (await collection.indexes()).find(
    (each) => JSON.stringify(each.key) === JSON.stringify(key),
  );
  if (found?.name !== undefined) await collection.dropIndex(found.name);
};

const alter: Operation = async (client, random) => {
  const changes: readonly Document[] = [
    { validator: { a: { $ne: `refused ${random.below(3)}` } }, validationAction: "warn" },
    { validator: {} },
    { changeStreamPreAndPostImages: { enabled: random.below(2) === 0 } },
    { index: { keyPattern: { n: 1 }, hidden: random.below(2) === 0 } },
    { index: { keyPattern: { at: 1 }, expireAfterSeconds: 86_400_000 + random.below(9) } },
  ];
  await dbOf(client, random).command({
    collMod: random.pick(NAMES),
    ...random.pick(changes),
  });
};

/** Of a name of its own: a clustered collection could become a capped one that no server creates. */
const convertToCapped: Operation = async (client) => {
  await client.db("shop").collection("ring").insertOne({ at: new Date() });
  await client.db("shop").command({ convertToCapped: "ring", size: 1_048_576 });
};

const createView: Operation = async (client, random) => {
  const db = dbOf(client, random);
  const name = `view_${random.below(2)}`;
  if (random.below(2) === 0) await db.collection(name).drop();
  await db.createCollection(name, {
    viewOn: random.pick(["orders", "items"]),
    pipeline: [{ $match: { n: random.below(5) } }],
  });
};

/** At once there again: a migration whose database is not there does not begin. */
const dropDatabase: Operation = async (client, random) => {
  if (random.below(4) !== 0) return;
  await client.db("crm").dropDatabase();
  await client
    .db("crm")
    .collection("users")
    .insertOne({ _id: 1 as never });
};

export const SCHEMA_OPERATIONS: Readonly<Record<string, Operation>> = {
  create,
  drop,
  recreate,
  rename,
  swap,
  renameAcross,
  createIndex,
  dropIndexes,
  alter,
  convertToCapped,
  createView,
  dropDatabase,
};
