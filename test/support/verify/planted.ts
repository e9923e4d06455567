/** A deployment to compare, and single corruptions that are planted into a copy of it. */
import { type Collection, type Db, type Document, Double, Int32, Long, ObjectId } from "mongodb";
import type { SeededRandom } from "../seeded-random.ts";

/** Documents of the large collection; those from `QUIET` on are written while changes are followed. */
export const ORDERS = 12_000;
export const QUIET = 6_000;
const SMALL = 12;

export function orderOf(n: number): Document {
  return {
    _id: new Int32(n),
    count: new Int32(n % 7),
    total: Long.fromNumber(n * 1_000),
    items: [
      { sku: `a${n}`, price: new Double(n / 4) },
      { sku: `b${n}`, price: new Int32(1) },
    ],
    "10": new Int32(1),
    text: `order ${n} `.repeat(40),
  };
}

/** Keys of every type that servers take and drivers send, in forms that meet. */
function mixedKeys(): readonly unknown[] {
  return Array.from({ length: 1_500 }, (_, n) => {
    const keys = [
      new Int32(n),
      new Double(n + 0.5),
      `key ${n}`,
      new ObjectId(String(n).padStart(24, "0")),
      new Date(n),
      { part: new Int32(n), of: "x" },
      Long.fromString(String(9_007_199_254_740_993n + BigInt(n))),
    ];
    return keys[n % keys.length];
  });
}

export async function fillSource(db: Db): Promise<void> {
  const orders = db.collection("orders");
  for (let from = 0; from < ORDERS; from += 2_000) {
    await orders.insertMany(Array.from({ length: 2_000 }, (_, i) => orderOf(from + i)) as never[]);
  }
  const mixed = mixedKeys().map((_id, n) => ({ _id, n: new Int32(n), a: "x".repeat(n % 50) }));
  // By the command itself: the driver gives documents whose key is null another one.
  await db.command({ insert: "mixed", documents: [...mixed, { _id: null, n: new Int32(0) }] });
  await db.createCollection("people", { collation: { locale: "de", strength: 1 } });
  await db
    .collection("people")
    .insertMany(Array.from({ length: 800 }, (_, n) => ({ _id: `Name ${n}`, n })) as never[]);
  await db.createCollection("ring", { capped: true, size: 4_194_304 });
  await db
    .collection("ring")
    .insertMany(Array.from({ length: 600 }, (_, n) => ({ _id: 1_000 - n, n })) as never[]);
  for (let n = 0; n < SMALL; n++) {
    await db.createCollection(`small${n}`, {
      validator: { n: { $gte: 0 } },
      // `collMod` writes them down where they are not.
      validationLevel: "strict",
      validationAction: "error",
    });
    const small = db.collection(`small${n}`);
    await small.insertOne({ n });
    await small.createIndexes([
      { key: { n: 1 }, name: "n", sparse: true },
      { key: { at: 1 }, name: "at", expireAfterSeconds: 86_400 },
    ]);
  }
}

/** Texts such as `different shop.orders 7` and `index shop.orders n`. */
export type Planted = ReadonlySet<string>;

/** What of the planted was not found, and what was found beside it. */
export function unlike(
  planted: Planted,
  found: Planted,
): { readonly overlooked: readonly string[]; readonly invented: readonly string[] } {
  return {
    overlooked: [...planted].filter((text) => !found.has(text)),
    invented: [...found].filter((text) => !planted.has(text)),
  };
}

type Plant = (
  collection: Collection<Document>,
  n: number,
) => Promise<{ readonly kind: string; readonly key: number }>;

const put = async (
  collection: Collection<Document>,
  n: number,
  change: (order: Document) => Document,
): Promise<{ kind: string; key: number }> => {
  const { _id, ...rest } = change(orderOf(n));
  // By a pipeline, which keeps the order of names such as "10".
  const literal = new Map([["_id", _id], ...Object.entries(rest)]);
  await collection.updateOne({ _id: n as never }, [
    { $replaceWith: { $literal: literal } } as Document,
  ]);
  return { kind: "different", key: n };
};

const PLANTS: readonly Plant[] = [
  async (orders, n) => put(orders, n, (order) => ({ ...order, text: `${order.text}.` })),
  async (orders, n) =>
    put(orders, n, (order) => ({ ...order, text: order.text.replace("r", "R") })),
  async (orders, n) => put(orders, n, (order) => ({ ...order, count: new Double(n % 7) })),
  async (orders, n) =>
    put(orders, n, ({ _id, count, total, ...rest }) => ({ _id, total, count, ...rest })),
  async (orders, n) =>
    put(orders, n, ({ items, ...rest }) => ({ ...rest, items: items.toReversed() })),
  async (orders, n) => {
    await orders.deleteOne({ _id: n as never });
    return { kind: "missing", key: n };
  },
  async (orders, n) => {
    await orders.insertOne({ ...orderOf(n), _id: (n + 0.5) as never });
    return { kind: "extra", key: n + 0.5 };
  },
];

/** Plants single corruptions at a destination, in documents below `QUIET`, and in options and indexes. */
export async function plantAll(db: Db, count: number, random: SeededRandom): Promise<Planted> {
  const planted = new Set<string>();
  for (let n = 0; n < SMALL; n++) {
    const name = `small${n}`;
    await db.collection(name).dropIndex("n");
    await db.collection(name).createIndex({ n: 1 }, { name: "n" });
    planted.add(`index ${db.databaseName}.${name} n`);
    await db.command({ collMod: name, validator: { n: { $gte: new Double(0) } } });
    planted.add(`option ${db.databaseName}.${name} validator`);
  }
  const free = Array.from({ length: QUIET }, (_, n) => n);
  while (planted.size < count) {
    const [n = 0] = free.splice(random.below(free.length), 1);
    const { kind, key } = await random.pick(PLANTS)(db.collection("orders"), n);
    planted.add(`${kind} ${db.databaseName}.orders ${key}`);
  }
  return planted;
}

interface FoundResult {
  readonly target: string;
  readonly differences: readonly { readonly kind: string; readonly key: string }[];
  readonly optionDifferences: readonly string[];
  readonly indexDifferences: readonly string[];
}

/** What `verify --output json` has found, in the words of `plantAll`. */
export function namesOfFound(results: readonly FoundResult[]): Planted {
  return new Set(
    results.flatMap(({ target, differences, optionDifferences, indexDifferences }) => [
      ...differences.map(({ kind, key }) => `${kind} ${target} ${Number(numberIn(key))}`),
      ...[...optionDifferences, ...indexDifferences].map((text) => {
        const [what, name] = text.split(/[ :]/u);
        return `${what} ${target} ${name}`;
      }),
    ]),
  );
}

function numberIn(key: string): string {
  return Object.values(JSON.parse(key) as Record<string, string>)[0] ?? "";
}
