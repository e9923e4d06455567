/** Where there is no GitHub: jobs of GitLab CI and Jenkins, which check out a commit and no branch. */
import { execa } from "execa";
import type { MongoClient } from "mongodb";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readDatabase } from "../support/compare-databases.ts";
import {
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

const FULL = ["mode: full", "objects: [{database: shop, as: store}]"];
const SHOP = "migrations/shop.yaml";

type Env = Readonly<Record<string, string>>;

const GITLAB = { GITLAB_CI: "true", CI_JOB_URL: "https://gitlab.example/una/shop/-/jobs/7" };
const JENKINS = { JENKINS_URL: "https://ci.example/", BUILD_URL: "https://ci.example/job/shop/7/" };
const PLACES: readonly (readonly [string, { readonly inRequest: Env; readonly onMain: Env }])[] = [
  [
    "GitLab CI",
    {
      inRequest: {
        ...GITLAB,
        CI_MERGE_REQUEST_IID: "7",
        CI_MERGE_REQUEST_PROJECT_ID: "1",
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
      },
      onMain: { ...GITLAB, CI_COMMIT_BRANCH: "main" },
    },
  ],
  [
    "Jenkins",
    {
      inRequest: { ...JENKINS, CHANGE_ID: "7", CHANGE_TARGET: "main", BRANCH_NAME: "PR-7" },
      onMain: { ...JENKINS, BRANCH_NAME: "main", GIT_BRANCH: "origin/main" },
    },
  ],
];
const [[, GITLAB_JOBS] = ["", { inRequest: {}, onMain: {} }]] = PLACES;

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ReviewFixture;

beforeAll(async () => {
  ends = await openTwoEnds();
  ({ client, there } = ends);
  const text = "x".repeat(100);
  const orders = Array.from({ length: 4_000 }, (_, n) => ({ n, text }));
  await client.db("shop").collection("orders").insertMany(orders);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await Promise.all(["store", "mongoferry"].map(async (name) => there.db(name).dropDatabase()));
  fixture = await openReviewFixture(ends.uris);
  await fixture.push("main", { "migrations/connections.yaml": CONNECTIONS });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** Runs a command as a job does, at the last commit of a branch and on none. */
async function runAt(branch: string, args: readonly string[], env: Env) {
  const { author } = fixture;
  await author.git("fetch", "--quiet", "origin");
  await author.git("checkout", "--quiet", "--detach", `origin/${branch}`);
  const { exitCode, stdout, stderr } = await author.start(args, env);
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}

async function merge(branch: string): Promise<void> {
  await fixture.author.git("push", "--quiet", "origin", `origin/${branch}:refs/heads/main`);
}

async function note(): Promise<string> {
  return readFile(join(fixture.author.directory, "review.md"), "utf8");
}

describe.each(PLACES)("%s", (_, { inRequest, onMain }) => {
  it("shows in a file what a request would do, and works on what is merged", async () => {
    await fixture.push("shop", { [SHOP]: migrationOf("shop", FULL) });
    const reviewed = await runAt("shop", ["pr", "--markdown", "review.md"], inRequest);
    expect(reviewed.exitCode, reviewed.stderr).toBe(0);
    expect(await note()).toContain("## 🟢 shop — 1 to copy");
    expect(await note()).toContain("[run](https://");
    const early = await runAt("shop", ["reconcile"], inRequest);
    expect([early.exitCode, early.stderr]).toEqual([
      1,
      expect.stringContaining("nobody has merged"),
    ]);

    await merge("shop");
    const done = await runAt("main", ["reconcile", "--deadline", "10m"], onMain);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(await readDatabase(there, "store")).toEqual(await readDatabase(client, "shop"));
    const published = await execa("git", ["show", "main:state/shop/status.yaml"], {
      cwd: fixture.bare,
    });
    expect(published.stdout).toContain("phase: Completed");
    const again = await runAt("main", ["reconcile"], onMain);
    expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining("Nothing to do")]);
  });
});

describe("a merge request on GitLab", () => {
  const { inRequest, onMain } = GITLAB_JOBS;

  it("of a fork is only validated", async () => {
    await fixture.push("shop", { [SHOP]: migrationOf("shop", FULL) });
    const env = { ...inRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2", SOURCE_URI: "" };
    const run = await runAt("shop", ["pr"], { ...env, DESTINATION_URI: "" });
    expect([run.exitCode, run.stdout]).toEqual([
      0,
      expect.stringContaining("comes from another repository"),
    ]);
  });

  it("is compared with the commit that GitLab names where the branch was not fetched", async () => {
    const base = await fixture.author.git("rev-parse", "origin/main");
    await fixture.push("shop", { [SHOP]: migrationOf("shop", FULL) });
    await fixture.author.git("checkout", "--quiet", "--detach");
    await fixture.author.git("update-ref", "-d", "refs/remotes/origin/main");
    const { exitCode, stdout } = await fixture.author.start(["pr", "--list"], {
      ...inRequest,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    });
    expect([exitCode, stdout]).toEqual([0, '{"include":[{"migration":"shop"}]}']);
  });

  it("has exit codes for what is blocked and for a slice that is over, and goes on in the next", async () => {
    await there.db("store").collection("orders").insertOne({ mine: true });
    const slow = [...FULL, "limits: {documentsPerSecond: 800}"];
    await fixture.push("shop", { [SHOP]: migrationOf("shop", slow) });
    const blocked = await runAt("shop", ["pr", "--markdown", "review.md"], inRequest);
    expect([blocked.exitCode, await note()]).toEqual([4, expect.stringContaining("## 🔴 shop")]);
    await there.db("store").dropDatabase();
    await merge("shop");
    const codes: unknown[] = [];
    while (codes.length < 8 && codes.at(-1) !== 0) {
      codes.push((await runAt("main", ["reconcile", "--deadline", "8s"], onMain)).exitCode);
    }
    expect(codes.at(-1)).toBe(0);
    expect(new Set(codes.slice(0, -1))).toEqual(new Set([75]));
    expect(await readDatabase(there, "store")).toEqual(await readDatabase(client, "shop"));
  }, 120_000);

  it("is approved by nobody that could be asked, so that an approval cannot be required", async () => {
    await fixture.push("main", { [SHOP]: migrationOf("shop", FULL) });
    const run = await runAt("main", ["reconcile", "--require-approval"], onMain);
    expect([run.exitCode, run.stdout]).toEqual([
      3,
      expect.stringContaining("there is no GitHub to ask for it"),
    ]);
    expect(await there.db("store").listCollections().toArray()).toEqual([]);
  });
});
