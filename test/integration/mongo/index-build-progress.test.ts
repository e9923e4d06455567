/** What a real server tells of an index build under way, to an administrator and to a user who may only write. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { createIndexBuildReader } from "../../../src/mongo/index-build-progress.ts";

const TARGET = { db: "shop", coll: "things" };
const signal = new AbortController().signal;

let server: ReplicaSet;
let admin: MongoClient;
let writer: MongoClient;

beforeAll(async () => {
  server = await startReplicaSet({
    auth: { username: "root", password: "secret" },
    args: ["--setParameter", "enableTestCommands=1"],
  });
  admin = await MongoClient.connect(server.uri);
  await admin.db("admin").command({
    createUser: "writer",
    pwd: "secret",
    roles: [{ role: "readWrite", db: "shop" }],
  });
  const auth = { username: "writer", password: "secret" };
  writer = await MongoClient.connect(server.uri, { auth });
  await admin
    .db("shop")
    .collection("things")
    .insertMany(Array.from({ length: 1000 }, (_, n) => ({ n })));
});

afterAll(async () => {
  await Promise.all([admin?.close(), writer?.close()]);
  await server?.stop();
});

it.each([
  ["hangAfterSettingUpIndexBuild", 0],
  ["hangAfterStartingIndexBuild", 1],
])("tells at %s that %d of a build is done, to who may see it", async (failPoint, share) => {
  const readAsAdmin = createIndexBuildReader(admin);
  const readAsWriter = createIndexBuildReader(writer);
  expect(await readAsAdmin(TARGET, signal)).toBeNull();
  const things = writer.db("shop").collection("things");
  await admin.db("admin").command({ configureFailPoint: failPoint, mode: "alwaysOn" });
  const build = things.createIndex({ n: 1 });
  try {
    const atShare = async () => expect(await readAsAdmin(TARGET, signal)).toBe(share);
    await vi.waitFor(atShare, { timeout: 20_000 });
    expect(await readAsAdmin({ db: "shop", coll: "other" }, signal)).toBeNull();
    expect(await readAsWriter(TARGET, signal)).toBeNull();
  } finally {
    await admin.db("admin").command({ configureFailPoint: failPoint, mode: "off" });
    await build;
  }
  expect(await readAsAdmin(TARGET, signal)).toBeNull();
  await things.dropIndexes();
});
