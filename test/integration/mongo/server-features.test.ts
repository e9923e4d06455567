/** Holds the table of features against the server that the tests run on; the version matrix runs it on each of its releases. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { listCollections } from "../../../src/mongo/catalog.ts";
import { compareReleases, SERVER_FEATURES } from "../../../src/precheck/server-releases.ts";

const timeseries = { timeField: "at" };

/** A command that needs the feature, by the feature's name. */
const COMMANDS: Readonly<Record<string, object>> = {
  "hidden indexes": indexOf({ key: { a: 1 }, hidden: true }),
  "compound hashed indexes": indexOf({ key: { a: 1, b: "hashed" } }),
  "time-series collections": { create: "c", timeseries },
  "clustered collections": { create: "c", clusteredIndex: { key: { _id: 1 }, unique: true } },
  "pre- and post-images of changes": {
    create: "c",
    changeStreamPreAndPostImages: { enabled: true },
  },
  "time-series buckets of a span of one's own": {
    create: "c",
    timeseries: { ...timeseries, bucketMaxSpanSeconds: 60, bucketRoundingSeconds: 60 },
  },
  "compound wildcard indexes": indexOf({ key: { a: 1, "b.$**": 1 } }),
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

describe("SERVER_FEATURES", () => {
  test.each(SERVER_FEATURES.map((feature) => [feature.name, feature] as const))(
    "%s are taken from the named release on, and recognized",
    async (name, feature) => {
      const database = client.db("features");
      await database.dropDatabase();
      const isThere = compareReleases(set.version, feature.since) >= 0;
      const taken = await database.command(COMMANDS[name] ?? {}).then(
        () => true,
        () => false,
      );
      expect(taken).toBe(isThere);
      const listed = await listCollections(client, ["features"]);
      expect(listed.some((collection) => feature.isUsedBy(collection))).toBe(isThere);
    },
  );
});
