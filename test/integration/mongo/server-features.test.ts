/** Holds the table of features against the server that the tests run on; the version matrix runs it on each of its releases. */
import { compareReleases } from "../../../src/model/release.ts";
import { type Db, MongoClient, MongoServerError } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { listCollections } from "../../../src/mongo/catalog.ts";
import { SERVER_FEATURES } from "../../../src/precheck/server-releases.ts";

const timeseries = { timeField: "at" };

const measured = { create: "c", timeseries: { ...timeseries, metaField: "m" } };

/** Commands of which the last needs the feature, by the feature's name. */
const COMMANDS: Readonly<Record<string, readonly object[]>> = {
  "hidden indexes": [indexOf({ key: { a: 1 }, hidden: true })],
  "compound hashed indexes": [indexOf({ key: { a: 1, b: "hashed" } })],
  "indexes of one key that differ in filter, projection, sparse or unique": [
    indexOf({ key: { a: 1 }, name: "other" }),
    indexOf({ key: { a: 1 }, sparse: true }),
  ],
  "time-series collections": [{ create: "c", timeseries }],
  "clustered collections": [{ create: "c", clusteredIndex: { key: { _id: 1 }, unique: true } }],
  "pre- and post-images of changes": [
    { create: "c", changeStreamPreAndPostImages: { enabled: true } },
  ],
  "indexes prepared to become unique": [indexOf({ key: { a: 1 }, prepareUnique: true })],
  "partial indexes with $or, $in, $geoWithin, $geoIntersects or nested $and": [
    indexOf({ key: { a: 1 }, partialFilterExpression: { $and: [{ a: { $gt: 1, $lt: 5 } }] } }),
  ],
  "indexes on measurements of time-series collections": [measured, indexOf({ key: { heat: 1 } })],
  "partial indexes of time-series collections": [
    measured,
    indexOf({ key: { m: 1 }, partialFilterExpression: { "m.x": { $gt: 1 } } }),
  ],
  "TTL indexes of time-series collections": [
    measured,
    indexOf({
      key: { at: 1 },
      expireAfterSeconds: 60,
      partialFilterExpression: { "m.x": { $gt: 1 } },
    }),
  ],
  "time-series buckets of a span of one's own": [
    {
      create: "c",
      timeseries: { ...timeseries, bucketMaxSpanSeconds: 60, bucketRoundingSeconds: 60 },
    },
  ],
  "compound wildcard indexes": [indexOf({ key: { a: 1, "b.$**": 1 } })],
};

let set: ReplicaSet;
let client: MongoClient;

beforeAll(async () => {
  set = await startReplicaSet();
  client = await MongoClient.connect(set.uri);
});

afterAll(async () => {
  await client?.close();
  await set?.stop();
});

function indexOf(spec: object): object {
  return { createIndexes: "c", indexes: [{ name: "tested", ...spec }] };
}

async function isTaken(database: Db, commands: readonly object[]): Promise<boolean> {
  try {
    for (const command of commands) await database.command(command);
    return true;
  } catch (error) {
    if (error instanceof MongoServerError) return false;
    throw error;
  }
}

/** Partial filters, and whether releases before 6.0 refuse them. */
const FILTERS: readonly (readonly [object, boolean])[] = [
  [{ $or: [{ a: 1 }] }, true],
  [{ a: { $in: [1] } }, true],
  [
    {
      a: {
        $geoWithin: {
          $box: [
            [0, 0],
            [1, 1],
          ],
        },
      },
    },
    true,
  ],
  [
    {
      a: {
        $within: {
          $box: [
            [0, 0],
            [1, 1],
          ],
        },
      },
    },
    true,
  ],
  [{ a: { $geoIntersects: { $geometry: { type: "Point", coordinates: [0, 0] } } } }, true],
  [{ c: 1, $and: [{ a: 1 }] }, true],
  [{ $and: [{ a: { $gt: 1, $lt: 5 } }] }, true],
  [{ $and: [{ a: 1, c: 1 }, { b: 1 }] }, true],
  [{ $and: [{ $and: [{ a: 1 }] }, { b: 1 }] }, true],
  [{ $and: [{ a: { $gt: 1 } }, { b: { $lt: 1 } }] }, false],
  [{ a: { $gt: 1, $lt: 5 }, b: { $gt: 1, $lt: 5 }, $comment: "x" }, false],
  [{ a: { x: 1 } }, false],
  [{}, false],
];

describe("SERVER_FEATURES", () => {
  test.each(SERVER_FEATURES.map((feature) => [feature.name, feature] as const))(
    "%s are taken from the named release on, and recognized",
    async (name, feature) => {
      const database = client.db("features");
      await database.dropDatabase();
      const isThere = compareReleases(set.version, feature.since) >= 0;
      expect(await isTaken(database, COMMANDS[name] ?? [])).toBe(isThere);
      const listed = await listCollections(client, ["features"]);
      expect(listed.some((collection) => feature.isUsedBy(collection))).toBe(isThere);
    },
  );

  test.each(FILTERS)("partial indexes with %j are new in 6.0: %s", async (filter, isNew) => {
    const feature = SERVER_FEATURES.find(({ name }) => name.startsWith("partial indexes with"));
    const database = client.db("features");
    await database.dropDatabase();
    const index = indexOf({ key: { a: 1 }, partialFilterExpression: filter });
    const isThere = !isNew || compareReleases(set.version, "6.0") >= 0;
    expect(await isTaken(database, [index])).toBe(isThere);
    const listed = await listCollections(client, ["features"]);
    expect(listed.some((collection) => feature?.isUsedBy(collection))).toBe(isThere && isNew);
  });
});

test("TTL indexes of capped collections are refused from 5.2 to 7.0", async () => {
  const database = client.db("features");
  await database.dropDatabase();
  const commands = [
    { create: "c", capped: true, size: 4_096 },
    indexOf({ key: { a: 1 }, expireAfterSeconds: 60 }),
  ];
  const isThere =
    compareReleases(set.version, "5.2") < 0 || compareReleases(set.version, "7.1") >= 0;
  expect(await isTaken(database, commands)).toBe(isThere);
});
