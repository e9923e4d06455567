/** What the source has besides collections, asked for by accounts that may see all, some and none of it. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import type { LeftBehind } from "../../../src/model/facts.ts";
import { readLeftBehind } from "../../../src/mongo/left-behind.ts";
import { collectionFacts } from "../../support/sample-facts.ts";

const ROOT = { username: "boss", password: "planted-7f3" };
const SELECTED = [collectionFacts("shop.orders"), collectionFacts("shop.items")];
const SEE = ["viewUser", "viewRole"];

let set: ReplicaSet;
let root: MongoClient;

beforeAll(async () => {
  set = await startReplicaSet({ auth: ROOT });
  root = await MongoClient.connect(set.uri);
  const createRole = async (database: string, name: string, databases: readonly string[]) =>
    root.db(database).command({
      createRole: name,
      privileges: databases.map((db) => ({ resource: { db, collection: "" }, actions: SEE })),
      roles: [{ role: "read", db: "shop" }],
    });
  await createRole("admin", "see-some", ["admin", "shop", "$external"]);
  await createRole("admin", "see-shop", ["shop"]);
  await createRole("shop", "own", []);
  const createUser = async (database: string, user: string, roles: readonly object[]) =>
    root.db(database).command({ createUser: user, pwd: "planted-9c1d", roles });
  await createUser("admin", "some", [{ role: "see-some", db: "admin" }]);
  await createUser("admin", "little", [{ role: "see-shop", db: "admin" }]);
  await createUser("shop", "clerk", []);
  await createUser("elsewhere", "stranger", []);
  await root.db("$external").command({ createUser: "CN=machine", roles: [] });
  await root.db("shop").createCollection("orders");
  await root.db("shop").createCollection("items");
});

afterAll(async () => {
  await root?.close();
  await set?.stop();
});

async function leftBehindFor(user: string): Promise<LeftBehind> {
  const uri = `mongodb://${user}:planted-9c1d@${set.hosts.join(",")}/?replicaSet=${set.name}`;
  await using client = await MongoClient.connect(uri);
  return await readLeftBehind(client, SELECTED);
}

describe("readLeftBehind", () => {
  test("counts the users of all databases, also of those that are not selected", async () => {
    const { users, roleCount } = await readLeftBehind(root, SELECTED);
    expect(users).toEqual({ count: 6, isOfDeployment: true });
    expect(roleCount).toBe(3);
  });

  test("falls back to the selected databases, admin and $external", async () => {
    const { users, roleCount } = await leftBehindFor("some");
    expect(users).toEqual({ count: 5, isOfDeployment: false });
    expect(roleCount).toBe(3);
  });

  test("counts nothing where one of them is kept from the account", async () => {
    expect(await leftBehindFor("little")).toMatchObject({ users: null, roleCount: null });
  });

  test("knows a release that cannot list search indexes from one that has none", async () => {
    const { searchIndexes } = await readLeftBehind(root, SELECTED);
    const [major = 0, minor = 0, patch = 0] = set.version.split(".").map(Number);
    const isKnown = major >= 7 || (major === 6 && (minor > 0 || patch >= 7));
    expect(searchIndexes).toEqual(isKnown ? [] : "stage-unknown");
  });
});
