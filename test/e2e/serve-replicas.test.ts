/** Two controllers of one repository, of which one works; and what reaches git. */
import type { MongoClient } from "mongodb";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGitHttpServer } from "../../dev/git-server/git-http-server.ts";
import { compareFollowed } from "../support/following/compare-followed.ts";
import type { Keyed } from "../support/following/reach-streaming.ts";
import { startWorkload } from "../support/following/workload.ts";
import { CONNECTIONS, migrationOf } from "../support/review-fixture.ts";
import { openServeFixture, type ServeFixture, SOON } from "../support/serve-fixture.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

const FOLLOWED = [
  "mode: full-and-incremental",
  'objects: [{database: shop, as: store, exclude: ["tmp_*"]}]',
];
const SHOP = "migrations/shop.yaml";
const WORKS = "shop: Follows the changes of";
const WAITS = "works on it; this one goes on once that has ended";

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ServeFixture;

beforeAll(async () => {
  ends = await openTwoEnds();
  ({ client, there } = ends);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await client.db("shop").dropDatabase();
  for (const name of ["store", "mongoferry"]) await there.db(name).dropDatabase();
  await client.db("shop").collection<Keyed>("orders").insertOne({ _id: 1 });
  fixture = await openServeFixture(ends.uris);
  await fixture.push({
    "migrations/connections.yaml": CONNECTIONS,
    [SHOP]: migrationOf("shop", FOLLOWED),
  });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

describe("of two controllers", () => {
  it("one works, and the other goes on when that one is killed under writes", async () => {
    const first = await fixture.serve();
    await first.says(WORKS);
    const load = await startWorkload({
      uri: ends.source.uri,
      seed: 7,
      writers: 3,
      schemaPauseMs: null,
    });
    const second = await fixture.serve();
    await second.says(WAITS);
    await expect
      .poll(() => there.db("store").collection("orders").countDocuments(), SOON)
      .toBeGreaterThan(50);
    first.child.run.kill("SIGKILL");
    await first.child.run;
    await second.says(WORKS);
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: "behind the kill" });
    await expect
      .poll(
        () => there.db("store").collection<Keyed>("orders").findOne({ _id: "behind the kill" }),
        SOON,
      )
      .not.toBeNull();
    await load.stop();
    await expect.poll(differences, SOON).toEqual([]);
    expect(second.said().split(WAITS)).toHaveLength(2);
    expect(second.said()).not.toContain("ERROR");
    expect(await second.stop()).toBe(75);
    expect(await fixture.show("state/shop/status.yaml")).toContain("phase: Streaming");
  });

  it("the other goes on at once when the one that works is told to stop", async () => {
    const first = await fixture.serve();
    await first.says(WORKS);
    const second = await fixture.serve();
    await second.says(WAITS);
    expect(await first.stop()).toBe(75);
    await second.says(WORKS);
    expect(await second.stop()).toBe(75);
  });

  it("one of another machine keeps its lease until that has run out", async () => {
    const first = await fixture.serve();
    await first.says(WORKS);
    first.child.run.kill("SIGKILL");
    await first.child.run;
    const until = new Date(Date.now() + 8_000);
    const owner = { host: "elsewhere", processTable: "elsewhere/1/1", pid: 1 };
    await there.db("mongoferry").collection("leases").updateOne({}, { $set: { owner, until } });
    const second = await fixture.serve();
    await second.says(`process 1 on elsewhere ${WAITS}`);
    await second.says(WORKS);
    const lateMs = Date.now() - until.getTime();
    expect(lateMs).toBeGreaterThan(0);
    // One interval, and what it takes to look at both ends.
    expect(lateMs).toBeLessThan(10_000);
    expect(await second.stop()).toBe(75);
  });
});

describe("a token", () => {
  it("reaches the repository's host, and nothing else", async () => {
    const token = "ghs_planted0serve0token";
    await using server = await startGitHttpServer({ root: fixture.root, token });
    const clone = join(fixture.root, "clone");
    const stored = join(fixture.root, "stored");
    const gitConfig = join(fixture.root, "gitconfig");
    // A helper of the user's own that would keep what it is told.
    await writeFile(gitConfig, `[credential]\n\thelper = store --file ${stored}\n`);
    const repository = `${server.url}/bare.git`;
    const run = await fixture.serve({
      repository,
      args: ["--path", clone, "--log-level", "debug"],
      env: { MONGOFERRY_GIT_TOKEN: token, GIT_CONFIG_GLOBAL: gitConfig, GIT_TRACE_CURL: "1" },
    });
    const processes = watchArguments();
    await run.says(WORKS);
    await fixture.push({ [SHOP]: migrationOf("shop", [...FOLLOWED, "desiredState: stopped"]) });
    await run.says("shop: Stopped");
    await expect
      .poll(async () => fixture.show("state/shop/status.yaml"), SOON)
      .toContain("phase: Stopped");
    expect(await run.stop()).toBe(0);
    const seen = await processes.stop();
    expect(seen).toContain(repository);
    expect(seen).not.toContain(token);
    expect(run.said()).not.toContain(token);
    expect(run.said()).not.toContain(Buffer.from(`x-access-token:${token}`).toString("base64"));
    await expectNowhereBelow(clone, token);
    expect(await fixture.inBare("log", "--all", "--patch")).not.toContain(token);
    expect(await readFile(stored, "utf8").catch(() => "")).toBe("");
    expect(await readFile(join(clone, "repository/.git/config"), "utf8")).toContain(repository);
  });

  it("that is refused is not shown either, and is asked for no other host", async () => {
    const wrong = "ghs_wrong0serve0token";
    await using server = await startGitHttpServer({ root: fixture.root, token: "right" });
    const repository = `${server.url}/bare.git`;
    const run = await fixture.serve({ repository, env: { MONGOFERRY_GIT_TOKEN: wrong } });
    await run.says("Check the credentials git uses for this remote");
    expect((await run.probe("/readyz"))[1]).toBe("the repository is not cloned yet\n");
    expect(await run.stop()).toBe(0);
    expect(run.said()).not.toContain(wrong);
    const elsewhere = await fixture.serve({ repository, env: { GITHUB_TOKEN: "right" } });
    await elsewhere.says("Check the credentials git uses for this remote");
    expect(await elsewhere.stop()).toBe(0);
  });

  it.each([
    ["https://una:planted0secret@example.com/shop.git", {}, "leave them out"],
    ["http://example.com/shop.git", { MONGOFERRY_GIT_TOKEN: "planted0secret" }, "unencrypted"],
  ])("is refused in or for %s", async (repository, env, said) => {
    const run = await fixture.author.start(["serve"], {
      ...env,
      MONGOFERRY_REPOSITORY: repository,
    });
    expect(run.exitCode).toBe(1);
    expect(String(run.stderr).toLowerCase()).toContain(said);
    expect(String(run.stderr)).not.toContain("planted0secret");
  });
});

async function differences(): Promise<readonly string[]> {
  return compareFollowed(client, there, { shop: "store" }, (_, coll) => !coll.startsWith("tmp_"));
}

/** Collects the arguments of all processes of this machine. */
function watchArguments(): { stop(): Promise<string> } {
  const seen = new Set<string>();
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      const names = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
      const lines = await Promise.all(
        names.map(async (name) => readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")),
      );
      for (const line of lines) seen.add(line);
      await sleep(5);
    }
  })();
  return {
    async stop() {
      end.abort();
      await watching;
      return [...seen].join("\n");
    },
  };
}

async function expectNowhereBelow(folder: string, text: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(3);
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    expect((await readFile(path)).includes(text), path).toBe(false);
  }
}
