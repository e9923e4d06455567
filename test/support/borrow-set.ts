/** Replica sets that outlive a test file, each lent to one file at a time and emptied for it. */
import { MongoClient } from "mongodb";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import {
  type ReplicaSet,
  type ReplicaSetOptions,
  startReplicaSet,
} from "../../dev/mongod/replica-set.ts";

/** Where lend-servers.ts answers. */
export const SERVERS_VARIABLE = "MONGOFERRY_TEST_SERVERS";

export type End = "source" | "destination";

export type BorrowedSet = Pick<ReplicaSet, "name" | "uri" | "hosts" | "version">;

/** Once a second instead of once a minute: what must not expire gets every chance to. */
const ARGUMENTS = ["--setParameter=enableTestCommands=1", "--setParameter=ttlMonitorSleepSecs=1"];

/** A replica set as `borrowSet` gives, with further members or arguments, for one test file alone. */
export async function startOwnSet(
  end: End,
  { args = [], ...options }: Pick<ReplicaSetOptions, "args" | "members" | "mongod"> = {},
): Promise<ReplicaSet> {
  return startReplicaSet({ name: end, ...options, args: [...ARGUMENTS, ...args] });
}

let hasBorrowed = false;

const OWN_DATABASES = new Set(["admin", "config", "local"]);

/**
 * A replica set of one member without access control, with test commands, and empty. It outlives the file: one that stops,
 * freezes or configures servers starts its own (`startOwnSet`).
 */
export async function borrowSet(end: End): Promise<BorrowedSet> {
  hasBorrowed = true;
  const set = (await askFor(end)) as BorrowedSet;
  await using client = await MongoClient.connect(set.uri);
  await emptyDeployment(client);
  return set;
}

/** After the last test of a file; lend-servers knows borrowers by their process ids, and each file has a process of its own. */
export async function returnSets(): Promise<void> {
  if (hasBorrowed) await askFor("return");
}

/** Without a connection that stays open, which would look like a leak. */
async function askFor(what: End | "return"): Promise<unknown> {
  const url = `${process.env[SERVERS_VARIABLE]}/${process.pid}/${what}`;
  const [response] = (await once(get(url, { agent: false }), "response")) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(answer);
  return JSON.parse(answer);
}

/** Drops everything that a test can have made, also users, roles, fail points and a block of writes. */
export async function emptyDeployment(client: MongoClient): Promise<void> {
  const admin = client.db("admin");
  const parameters = await admin.command({ getParameter: "*" });
  for (const [name, value] of Object.entries(parameters)) {
    const failPoint = /^failpoint\.(.*)$/.exec(name)?.[1];
    if (failPoint !== undefined && value.mode !== 0) {
      await admin.command({ configureFailPoint: failPoint, mode: "off" });
    }
  }
  await admin.command({ setUserWriteBlockMode: 1, global: false });
  await admin.command({ setParameter: 1, ttlMonitorEnabled: true });
  const { users } = await admin.command({ usersInfo: { forAllDBs: true } });
  for (const { db, user } of users) await client.db(db).command({ dropUser: user });
  const roles = await admin.collection("system.roles").find().toArray();
  for (const { db, role } of roles) await client.db(db).command({ dropRole: role });
  const { databases } = await admin.admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) {
    if (!OWN_DATABASES.has(name)) await client.db(name).dropDatabase();
  }
}
