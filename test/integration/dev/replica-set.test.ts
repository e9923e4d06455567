import { execa } from "execa";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MongoClient } from "mongodb";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { findMongod } from "../../../dev/mongod/find-mongod.ts";
import { startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import {
  createRunDirectory,
  isProcessAlive,
  sweepRunDirectories,
  waitForExit,
} from "../../../dev/mongod/run-directory.ts";
import {
  startStandalone,
  startUninitiatedReplicaSetMember,
} from "../../../dev/mongod/single-server.ts";

const START_AND_WAIT = fileURLToPath(new URL("../../support/start-and-wait.ts", import.meta.url));
const GONE_WITHIN_MS = 10_000;

/** A process that has started a replica set and waits. */
async function startInChild(members: number) {
  const child = execa("node", ["--import", "tsx", START_AND_WAIT, String(members)], {
    reject: false,
    detached: true,
  });
  const [line] = await once(child.stdout, "data");
  const { pids } = JSON.parse(String(line)) as { pids: number[] };
  return { child, pids };
}

async function runDirectoriesOf(pid: number): Promise<string[]> {
  const names = await readdir(tmpdir());
  return names.filter((name) => name.startsWith("mongoferry-mongod-") && name.includes(`-${pid}-`));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

function findOrder(client: MongoClient): Promise<unknown> {
  return client.db("shop").collection("orders").findOne();
}

describe("a replica set", () => {
  test("takes majority writes, and is gone with its data after stop", async () => {
    const set = await startReplicaSet();
    const pids = set.pids();
    await withClient(set.uri, async (client) => {
      const writeConcern = { w: "majority" } as const;
      await client.db("shop").collection("orders").insertOne({ total: 1 }, { writeConcern });
    });
    await set.stop();
    expect(pids.filter(isProcessAlive)).toEqual([]);
    expect(await runDirectoriesOf(process.pid)).toEqual([]);
  });

  test("of three goes on when its primary steps down, is killed, and returns", async () => {
    await using set = await startReplicaSet({ members: 3 });
    const first = await set.primaryHost();
    const second = await set.stepDown();
    expect(second).not.toBe(first);
    await set.killMember(second);
    expect(set.pids()).toHaveLength(2);
    expect(await set.primaryHost()).not.toBe(second);
    await set.startMember(second);
    expect(set.pids()).toHaveLength(3);
  });

  test("with a user and TLS refuses clients that have neither", async () => {
    const auth = { username: "root", password: "p@ss:w/rd" };
    await using set = await startReplicaSet({ auth, tls: true });
    expect(await withClient(set.uri, findOrder)).toBeNull();
    const [host] = set.hosts;
    const plain = `mongodb://${host}/?directConnection=true`;
    await expect(withClient(plain, findOrder)).rejects.toThrow();
    const tls = `${plain}&tls=true&tlsCAFile=${encodeURIComponent(set.caFile ?? "")}`;
    await expect(withClient(tls, findOrder)).rejects.toThrow(/requires authentication/);
  });

  test.concurrent.each([
    { signal: "SIGKILL", members: 3 },
    { signal: "SIGINT", members: 1 },
  ] as const)(
    "of $members ends with the process that $signal ends",
    async ({ signal, members }) => {
      const { child, pids } = await startInChild(members);
      expect(pids.filter(isProcessAlive)).toHaveLength(members);
      const pid = child.pid ?? 0;
      // The whole group, as a terminal does it on Ctrl-C.
      process.kill(-pid, signal);
      await child;
      for (const server of pids) await waitForExit(server, GONE_WITHIN_MS);
      await sweepRunDirectories();
      expect(await runDirectoriesOf(pid)).toEqual([]);
    },
  );
});

test("a server that outlived its run and its watcher is ended by the next start", async () => {
  const mongod = await findMongod();
  const ended = execa("node", ["--eval", ""]);
  await ended;
  // Of its own: others that start servers would sweep it, too.
  const place = await mkdtemp(join(tmpdir(), "mongoferry-test-sweep-"));
  vi.stubEnv("TMPDIR", place);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(place, { recursive: true, force: true });
  });
  const own = await createRunDirectory();
  const abandoned = own.replace(`-${process.pid}-`, `-${ended.pid}-`);
  await rename(own, abandoned);
  const dbPath = join(abandoned, "member-0");
  await mkdir(dbPath);
  const port = String(await freePort());
  const args = ["--dbpath", dbPath, "--port", port, "--bind_ip", "127.0.0.1", "--nounixsocket"];
  const server = execa(mongod.path, args, { reject: false });
  await withClient(`mongodb://127.0.0.1:${port}`, (client) =>
    client.db("admin").command({ ping: 1 }),
  );
  await sweepRunDirectories();
  expect(await server).toMatchObject({ signal: "SIGKILL" });
  expect(await readdir(tmpdir())).not.toContain(basename(abandoned));
});

test("a standalone server has no replication", async () => {
  await using server = await startStandalone();
  const hello = await withClient(server.uri, (client) => client.db("admin").command({ hello: 1 }));
  expect(hello).toMatchObject({ isWritablePrimary: true });
  expect(hello).not.toHaveProperty("setName");
});

test("a member that was never initiated has no primary", async () => {
  await using server = await startUninitiatedReplicaSetMember();
  const hello = await withClient(server.uri, (client) => client.db("admin").command({ hello: 1 }));
  expect(hello).toMatchObject({ isWritablePrimary: false, secondary: false, isreplicaset: true });
});
