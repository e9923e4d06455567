/** Random operations on documents, of every form that a feed of changes has to be right about. */
import { BSON, type Collection, type Document, type MongoClient } from "mongodb";
import type { SeededRandom } from "../seeded-random.ts";

const { Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } = BSON;

type Operation = (
  collection: Collection<Document>,
  random: SeededRandom,
  client: MongoClient,
) => Promise<unknown>;

/** Few enough for keys to meet, and one in three from a handful that is hot. */
function keyOf(random: SeededRandom): unknown {
  const n = random.below(3) === 0 ? random.below(5) : random.below(400);
  switch (random.below(12)) {
    case 0:
      return new Double(n);
    case 1:
      return Long.fromNumber(n);
    case 2:
      return Decimal128.fromString(`${n}.0`);
    case 3:
      return `key-${n}`;
    case 4:
      return random.below(2) === 0 ? `Key-${n}` : null;
    case 5:
      return { part: new Int32(n), of: `x` };
    case 6:
      return new Date(n * 1_000);
    case 7:
      return new UUID(Buffer.alloc(16, n % 256));
    case 8:
      return new ObjectId(String(n).padStart(24, "0"));
    default:
      return new Int32(n);
  }
}

function valueOf(random: SeededRandom): unknown {
  const n = random.below(1_000);
  const values: readonly unknown[] = [
    new Int32(n),
    new Double(n),
    new Double(-0),
    Long.fromNumber(n),
    Decimal128.fromString(`${n}.10`),
    `text ${n}`,
    null,
    true,
    new Date(n),
    new Timestamp(0n),
    random.bytes(random.below(64)),
    [n, { b: n }, [n]],
    { 10: n, 2: n, b: { c: n } },
  ];
  return random.pick(values);
}

function documentOf(random: SeededRandom, key: unknown): Document {
  const names = ["a", "b", "n", "list", "tags", "nested", "10", "2", "at"];
  const fields: [string, unknown][] = [];
  for (let left = random.below(7); left > 0; left--) {
    fields.push([random.pick(names), valueOf(random)]);
  }
  const list = Array.from({ length: random.below(6) }, (_, b) => ({ b }));
  return {
    _id: key,
    ...Object.fromEntries(fields),
    list,
    nested: { a: random.below(9), b: { c: 1 } },
    unique: random.below(1e9),
    text: "x".repeat(random.below(20) === 0 ? 20_000 : random.below(300)),
  };
}

const insertOne: Operation = async (collection, random) =>
  collection.insertOne(documentOf(random, keyOf(random)) as never);

const insertMany: Operation = async (collection, random) =>
  collection.insertMany(
    Array.from({ length: 1 + random.below(30) }, () =>
      documentOf(random, new ObjectId()),
    ) as never[],
    { ordered: false },
  );

const updates: readonly ((random: SeededRandom) => Document | Document[])[] = [
  (random) => ({ $set: { a: valueOf(random), "nested.b.c": random.below(99) } }),
  (random) => ({ $set: { [`list.${random.below(3)}.b`]: random.below(99) } }),
  (random) => ({ $set: { [`nested.${random.below(3)}`]: valueOf(random) } }),
  (random) => ({
    $push: { list: { $each: [{ b: random.below(9) }], $slice: -4, $sort: { b: 1 } } },
  }),
  () => ({ $pop: { list: -1 } }),
  () => ({ $pull: { list: { b: { $gt: 2 } } } }),
  () => ({ $unset: { b: "", "nested.a": "" } }),
  () => ({ $inc: { n: 1, hits: 1 } }),
  () => ({ $rename: { a: "renamed" } }),
  () => [{ $set: { sum: { $size: "$list" }, list: { $slice: ["$list", 1] } } }],
  () => [{ $replaceWith: { $mergeObjects: [{ first: 1 }, "$$ROOT"] } }],
];

const updateOne: Operation = async (collection, random) =>
  collection.updateOne({ _id: keyOf(random) as never }, random.pick(updates)(random), {
    upsert: random.below(6) === 0,
  });

const updateMany: Operation = async (collection, random) =>
  collection.updateMany({ "nested.a": random.below(9) }, random.pick(updates)(random));

const replaceOne: Operation = async (collection, random) => {
  const key = keyOf(random);
  await collection.replaceOne({ _id: key as never }, without(documentOf(random, key)), {
    upsert: true,
  });
};

/** Names that only a pipeline can give. */
const replaceOddly: Operation = async (collection, random) => {
  const key = keyOf(random);
  const document = { _id: key, "a.b": 1, $set: { $inc: 1 }, "": 2 };
  await collection.updateOne({ _id: key as never }, [{ $replaceWith: { $literal: document } }]);
};

const deleteOne: Operation = async (collection, random) =>
  collection.deleteOne({ _id: keyOf(random) as never });

const deleteMany: Operation = async (collection, random) =>
  collection.deleteMany({ unique: { $lt: random.below(2e8) } });

/** The same key in another form of number, at once. */
const changeForm: Operation = async (collection, random) => {
  const n = random.below(20);
  const forms = [new Int32(n), new Double(n), Long.fromNumber(n), Decimal128.fromString(`${n}`)];
  await collection.deleteOne({ _id: n as never });
  await collection.insertOne(documentOf(random, random.pick(forms)) as never);
};

const beatOne: Operation = async (collection, random) => {
  for (let left = 20; left > 0; left--) {
    await collection.updateOne({ _id: 0 as never }, { $inc: { beats: 1 } }, { upsert: true });
  }
  return random;
};

const transaction: Operation = async (collection, random, client) => {
  const session = client.startSession();
  const isAborted = random.below(5) === 0;
  try {
    session.startTransaction();
    for (let left = 2 + random.below(30); left > 0; left--) {
      const key = new ObjectId();
      const into = left % 2 === 0 ? collection : collection.db.collection("orders");
      await into.insertOne(documentOf(random, key) as never, { session });
      if (left % 3 === 0) {
        await into.updateOne({ _id: key }, { $set: { "list.1.b": left } }, { session });
      }
      if (left % 7 === 0) await into.deleteOne({ _id: key }, { session });
    }
    await (isAborted ? session.abortTransaction() : session.commitTransaction());
  } finally {
    await session.endSession();
  }
};

export const DOCUMENT_OPERATIONS: Readonly<Record<string, Operation>> = {
  insertOne,
  insertMany,
  updateOne,
  updateMany,
  replaceOne,
  replaceOddly,
  deleteOne,
  deleteMany,
  changeForm,
  beatOne,
  transaction,
};

function without({ _id, ...rest }: Document): Document {
  return rest;
}
