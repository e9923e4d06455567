/** What a pull request shows, as a workflow runs it: real servers, real git, and a stand-in as strict as GitHub. */
import type { MongoClient } from "mongodb";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isPlannedLater, readApproval } from "../../src/report/plan-comment-marker.ts";
import { startTcpServer } from "../support/plain-tcp-server.ts";
import {
  BOT,
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
  TOKEN,
} from "../support/review-fixture.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

const SHOP = ["mode: full", "objects: [{database: shop, as: store}]"];
const CRM = ["mode: full", "objects: [{database: crm}]"];

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ReviewFixture;

beforeAll(async () => {
  ends = await openTwoEnds();
  ({ client, there } = ends);
  const hostile = "@una <b>&`|#1";
  for (const name of ["orders", hostile])
    await client.db("shop").collection(name).insertOne({ a: 1 });
  await client.db("crm").collection("people").insertOne({ a: 1 });
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await there.db("store").dropDatabase();
  fixture = await openReviewFixture(ends.uris);
  await fixture.push("main", {
    "migrations/connections.yaml": CONNECTIONS,
    "migrations/crm.yaml": migrationOf("crm", CRM),
  });
});

afterEach(async () => {
  expect(fixture.github.violations()).toEqual([]);
  await fixture[Symbol.asyncDispose]();
});

const addShop = { "migrations/shop.yaml": migrationOf("shop", SHOP) };

describe("mongoferry pr", () => {
  it("shows the plan of what changes in one comment, which it edits", async () => {
    const number = await fixture.propose("shop", addShop);
    const listed = await fixture.inPullRequest(number, ["pr", "--list"]);
    expect(JSON.parse(listed.stdout)).toEqual({ include: [{ migration: "shop" }] });
    expect(listed.output).toBe(`matrix=${listed.stdout.trim()}\nany=true\ncutover=false\n`);
    const run = await fixture.inPullRequest(number, ["pr"]);
    expect(run.exitCode, run.stderr).toBe(0);
    const [comment] = fixture.github.comments(number);
    const { headCommit } = fixture.github.pullRequest(number);
    expect(comment?.body).toMatch(/^<!-- mongoferry:plan:v1 migration=shop -->\n/u);
    expect(readApproval(comment?.body ?? "")).toMatchObject({ head: headCommit });
    expect(comment?.body).toContain("shop — 2 to copy");
    expect(comment?.body).toContain("+ store.orders");
    expect(comment?.body).toContain("**Next:** approve and merge to start.");
    expect(run.summary).toContain("+ store.orders");
    expect(fixture.github.statuses(headCommit)).toMatchObject([
      { state: "success", context: "mongoferry/shop", description: "2 to copy" },
    ]);
    const replaced = [...SHOP.slice(0, 1), "objects: [{database: shop, as: else}]"];
    await fixture.push("shop", { "migrations/shop.yaml": migrationOf("shop", replaced) });
    const again = await fixture.inPullRequest(number, ["pr"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(fixture.github.comments(number)).toHaveLength(1);
    expect(fixture.github.comments(number)[0]?.body).toContain("+ else.orders");
  });

  it("is blocked where the precheck fails", async () => {
    await there.db("store").collection("orders").insertOne({ mine: true });
    const number = await fixture.propose("shop", addShop);
    const run = await fixture.inPullRequest(number, ["pr"]);
    expect(run.exitCode, run.stderr).toBe(4);
    const [comment] = fixture.github.comments(number);
    expect(comment?.body).toContain("## 🔴 shop");
    expect(comment?.body).toContain("Merged as it is, nothing starts.");
    const { headCommit } = fixture.github.pullRequest(number);
    expect(fixture.github.statuses(headCommit)).toMatchObject([{ state: "failure" }]);
  });

  it("uses no secret with a connection that the pull request changes", async () => {
    let connections = 0;
    await using trap = await startTcpServer((socket) => {
      connections++;
      socket.destroy();
    });
    const moved = CONNECTIONS.replace("{env: SOURCE_URI}", "{env: SECRET_URI}");
    const number = await fixture.propose("eve", {
      ...addShop,
      "migrations/connections.yaml": moved,
    });
    const env = { SECRET_URI: `mongodb://root:planted0secret@${trap.host}/` };
    const run = await fixture.inPullRequest(number, ["pr"], { env });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(connections).toBe(0);
    const bodies = fixture.github.comments(number).map(({ body }) => body);
    // The one that was there uses it, too.
    expect(bodies).toHaveLength(2);
    for (const body of bodies) {
      expect(body).toContain("not planned: 1 connection is not as on the base branch");
      expect([readApproval(body), isPlannedLater(body)]).toEqual([null, true]);
    }
    expect(`${JSON.stringify(run)}${bodies.join()}`).not.toContain("planted0secret");
  });

  it("brings back no connection that the base branch has left since", async () => {
    let connections = 0;
    await using trap = await startTcpServer((socket) => {
      connections++;
      socket.destroy();
    });
    const left = CONNECTIONS.replace("{env: SOURCE_URI}", "{env: LEFT_URI}");
    await fixture.push("main", { "migrations/connections.yaml": left });
    const number = await fixture.propose("shop", addShop);
    await fixture.push("main", { "migrations/connections.yaml": CONNECTIONS });
    await fixture.author.git("fetch", "--quiet", "origin");
    const env = { LEFT_URI: `mongodb://una:planted0secret@${trap.host}/` };
    const run = await fixture.inPullRequest(number, ["pr", "shop"], { env });
    expect([run.exitCode, connections], run.stderr).toEqual([0, 0]);
    const [comment] = fixture.github.comments(number);
    expect(comment?.body).toContain("Not as on the base branch: `source`");
  });

  it("writes to no metadata database that only the pull request names", async () => {
    const elsewhere = [...SHOP, "metadataDatabase: billing"];
    const number = await fixture.propose("shop", {
      "migrations/shop.yaml": migrationOf("shop", elsewhere),
    });
    const run = await fixture.inPullRequest(number, ["pr"]);
    expect(run.exitCode, run.stderr).toBe(0);
    const { databases } = await there.db("admin").admin().listDatabases({ nameOnly: true });
    expect(databases.map(({ name }) => name)).not.toContain("billing");
  });

  it("keeps away from workflows whose jobs have secrets for what nobody has merged", async () => {
    const number = await fixture.propose("shop", addShop);
    const target = { env: { GITHUB_EVENT_NAME: "pull_request_target" } };
    const run = await fixture.inPullRequest(number, ["pr"], target);
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining("pull_request_target")]);
    const early = await fixture.inPullRequest(number, ["reconcile"]);
    expect([early.exitCode, early.stderr]).toEqual([
      1,
      expect.stringContaining("nobody has merged"),
    ]);
    expect(fixture.github.comments(number)).toEqual([]);
    expect(await there.db("store").listCollections().toArray()).toEqual([]);
  });

  it("only validates what comes from a fork", async () => {
    const number = await fixture.propose("fork", addShop);
    const run = await fixture.inPullRequest(number, ["pr"], {
      isFork: true,
      env: { SOURCE_URI: "", DESTINATION_URI: "", GITHUB_TOKEN: "" },
    });
    expect([run.exitCode, fixture.github.comments(number)], run.stderr).toEqual([0, []]);
    expect(run.stdout).toContain("comes from another repository");
  });

  it("does not fail where it may not comment", async () => {
    fixture.github.addAccount(TOKEN, { ...BOT, permissions: new Set() });
    const number = await fixture.propose("shop", addShop);
    const run = await fixture.inPullRequest(number, ["pr"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toContain("No comment of shop");
    expect(run.stderr).toContain("`pull-requests: write`");
    expect(run.summary).toContain("shop — 2 to copy");
  });

  it("says what a deleted spec and other settings mean, without looking at the servers", async () => {
    const number = await fixture.propose("pause", {
      "migrations/crm.yaml": migrationOf("crm", [
        ...CRM,
        "desiredState: paused",
        "limits: {workers: 2}",
      ]),
    });
    const paused = await fixture.inPullRequest(number, ["pr"], { env: { SOURCE_URI: "" } });
    expect(paused.exitCode, paused.stderr).toBe(0);
    const [comment] = fixture.github.comments(number);
    expect(comment?.body).toContain("crm — will be paused");
    expect(comment?.body).toContain("desiredState: running → paused");
    expect(comment?.body).toContain("limits.workers: 4 → 2");
    const deleting = await fixture.propose("delete", { "migrations/crm.yaml": null });
    const deleted = await fixture.inPullRequest(deleting, ["pr"], { env: { SOURCE_URI: "" } });
    expect(deleted.exitCode, deleted.stderr).toBe(0);
    expect(fixture.github.comments(deleting)[0]?.body).toContain("work stops, nothing is dropped");
  });

  it("annotates what is wrong with the specs, and plans nothing", async () => {
    const number = await fixture.propose("typo", {
      "migrations/shop.yaml": migrationOf("shop", ["mode: ful"]),
    });
    const run = await fixture.inPullRequest(number, ["pr"]);
    expect([run.exitCode, fixture.github.comments(number)]).toEqual([1, []]);
    expect(run.stdout).toMatch(/^::error file=migrations\/shop\.yaml,line=\d+/mu);
  });

  it("writes the same to a file where there is no GitHub", async () => {
    await fixture.propose("shop", addShop);
    const run = await fixture.author.start(["pr", "--markdown", "review.md", "--output", "json"]);
    expect(run.exitCode, String(run.stderr)).toBe(0);
    const { reviews } = JSON.parse(String(run.stdout)) as { readonly reviews: readonly object[] };
    expect(reviews).toMatchObject([
      { migration: "shop", change: "added", verdict: { kind: "good" } },
    ]);
    const text = await readFile(join(fixture.author.directory, "review.md"), "utf8");
    expect(text).toContain("## 🟢 shop — 2 to copy");
  });

  it("says what is missing of a shallow clone", async () => {
    const number = await fixture.propose("shop", addShop);
    await fixture.author.git("checkout", "--quiet", "main");
    await fixture.push("main", { "migrations/crm.yaml": migrationOf("crm", [...CRM, "title: x"]) });
    await fixture.author.git("fetch", "--quiet", "--depth=1", "origin", "shop", "main");
    await fixture.author.git("gc", "--quiet", "--prune=now");
    const run = await fixture.inPullRequest(number, ["pr"]);
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining("fetch-depth: 0")]);
  });
});
