/** The whole repository, as workflows on the main branch run it. */
import type { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CliRun, hasPrinted } from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";
import type { Keyed } from "../support/following/reach-streaming.ts";
import {
  commentOn,
  mergeReviewed,
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

const FULL = ["mode: full", "objects: [{database: shop, as: store}]"];
const FOLLOWED = ["mode: full-and-incremental", ...FULL.slice(1)];
const WIDER = [FOLLOWED[0] ?? "", "objects: [{database: shop, as: store}, {database: crm, as: c}]"];
const SHOP = "migrations/shop.yaml";

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ReviewFixture;

beforeAll(async () => {
  ends = await openTwoEnds();
  ({ client, there } = ends);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await ends.empty();
  await fill("shop", 200);
  await fill("crm", 100);
  fixture = await openReviewFixture(ends.uris);
  await fixture.push("main", { "migrations/connections.yaml": CONNECTIONS });
});

afterEach(async () => {
  expect(fixture.github.violations()).toEqual([]);
  await fixture[Symbol.asyncDispose]();
});

describe("mongoferry reconcile", () => {
  it("works on what is not as its spec wants, whatever becomes of the others, and then rests", async () => {
    await there.db("taken").collection("orders").insertOne({ mine: true });
    await fixture.push("main", {
      [SHOP]: migrationOf("shop", FULL),
      "migrations/crm.yaml": migrationOf("crm", [
        "mode: full",
        "objects: [{database: crm, as: taken}]",
      ]),
      "migrations/later.yaml": migrationOf("later", [
        "mode: full",
        "objects: [{database: crm, as: later}]",
        "desiredState: paused",
      ]),
    });
    const listed = await fixture.onMain(["reconcile", "--list"]);
    expect(JSON.parse(String(listed.stdout))).toEqual({
      include: [
        { migration: "crm", why: "it has not begun" },
        { migration: "shop", why: "it has not begun" },
      ],
    });
    const { exitCode, stdout } = await fixture.onMain(["reconcile", "--output", "json"]);
    const { migrations } = JSON.parse(String(stdout)) as { readonly migrations: readonly object[] };
    expect([exitCode, migrations]).toEqual([
      4,
      [
        expect.objectContaining({ migration: "crm", phase: "Stalled", exitCode: 4 }),
        expect.objectContaining({ migration: "shop", phase: "Completed", exitCode: 0 }),
      ],
    ]);
    await client.db("shop").collection("orders").insertOne({ new: true });
    await there.db("taken").dropDatabase();
    const again = await fixture.onMain(["reconcile"]);
    expect([again.exitCode, String(again.stdout)], String(again.stderr)).toEqual([
      0,
      expect.stringMatching(/^crm: Completed[^\n]*$/u),
    ]);
    const last = await fixture.onMain(["reconcile"]);
    expect([last.exitCode, last.stdout]).toEqual([
      0,
      "Nothing to do: every migration is as its spec wants.",
    ]);
  });

  it("hands over to itself at the deadline, until nothing is left", async () => {
    await fill("shop", 4_000);
    const limited = "limits: {documentsPerSecond: 800}";
    await fixture.push("main", { [SHOP]: migrationOf("shop", [...FULL, limited]) });
    const slice = ["reconcile", "shop", "--deadline", "8s", "--dispatch", "migrate.yml"];
    const codes: unknown[] = [];
    for (let n = 0; n < 8 && codes.at(-1) !== 0; n++) {
      const run = await fixture.onMain(slice);
      codes.push(run.exitCode);
      const isMore = run.exitCode === 75;
      expect(fixture.github.takeDispatches(), String(run.stderr)).toEqual(
        isMore ? [{ workflow: "migrate.yml", ref: "main", inputs: { migration: "shop" } }] : [],
      );
    }
    expect(codes.at(-1)).toBe(0);
    expect(new Set(codes.slice(0, -1))).toEqual(new Set([75]));
    await expectEqual();
  }, 120_000);

  it("waits for the lease of a job that was killed on another machine", async () => {
    await fixture.push("main", { [SHOP]: migrationOf("shop", FULL) });
    const owner = { host: "elsewhere", processTable: "elsewhere", pid: 1 };
    const until = new Date(Date.now() + 8_000);
    const leases = there.db("mongoferry").collection<{ _id: string }>("leases");
    await leases.insertOne({ _id: "shop", epoch: 4, owner, until } as { _id: string });
    const run = await fixture.onMain(["reconcile"]);
    expect(String(run.stderr)).toContain("process 1 on elsewhere runs this migration");
    expect(run.exitCode, String(run.stderr)).toBe(0);
    await expectEqual();
  });

  it("comes to an end also by slices that are shorter than the copy, or the comparison", async () => {
    await fill("shop", 3_000);
    const limited = "limits: {documentsPerSecond: 500}";
    await fixture.push("main", { [SHOP]: migrationOf("shop", [...FULL, limited]) });
    const said: string[] = [];
    for (let n = 0; n < 30 && !said.at(-1)?.startsWith("0 "); n++) {
      const run = await fixture.onMain(["reconcile", "shop", "--deadline", "5s"]);
      said.push(`${run.exitCode} ${run.stdout}`);
    }
    expect(said.at(-1), said.join("\n")).toMatch(/^0 shop: Completed/u);
    await expectEqual();
  }, 300_000);

  it("begins nothing while specs have problems, and what has begun goes on", async () => {
    await fixture.push("main", { [SHOP]: migrationOf("shop", FOLLOWED) });
    const first = fixture.onMain(["reconcile"]);
    await hasPrinted(first, "→ Streaming");
    first.kill("SIGINT");
    expect((await endsSoon(first)).exitCode).toBe(75);
    await fixture.push("main", {
      "migrations/crm.yaml": migrationOf("crm", ["mode: full", "objects: [{database: crm}]"]),
      "migrations/bad.yaml": "kind: [",
    });
    await client.db("shop").collection<Keyed>("orders").insertOne({ _id: -1 });
    const second = fixture.onMain(["reconcile"]);
    const copied = there.db("store").collection<Keyed>("orders");
    await expect.poll(async () => copied.countDocuments({ _id: -1 }), SOON).toBe(1);
    second.kill("SIGINT");
    const { exitCode, stdout } = await second;
    expect(exitCode).toBe(1);
    expect(String(stdout)).toContain("crm: it does not begin while specs have problems");
    expect(String(stdout)).toContain("shop: Interrupted while Streaming");
    await expectEqual();
  });
});

describe("an approval", () => {
  it("is what a merged pull request has shown; other plans are refused, and said so there", async () => {
    const number = await fixture.propose("shop", { [SHOP]: migrationOf("shop", FULL) });
    expect((await fixture.inPullRequest(number, ["pr"])).exitCode).toBe(0);
    await fixture.merge(number, "squash");
    await client.db("shop").createCollection("sudden");
    const refused = await fixture.onMain(["reconcile"]);
    expect(refused.exitCode, String(refused.stderr)).toBe(3);
    expect(String(refused.stdout)).toContain("no longer holds");
    expect(commentOn(fixture, number)).toMatch(
      /^## 📣 shop — refused, since the plan has changed/mu,
    );
    await client.db("shop").collection("sudden").drop();
    const run = await fixture.onMain(["reconcile"]);
    expect(run.exitCode, String(run.stderr)).toBe(0);
    expect(commentOn(fixture, number)).toMatch(/^## 📣 shop — Completed, .+ after the merge/mu);
    expect(commentOn(fixture, number)).toContain("## 🟢 shop — 1 to copy");
    await expectEqual();
  });

  it("is none of what was pushed behind the comment", async () => {
    const number = await fixture.propose("shop", { [SHOP]: migrationOf("shop", FULL) });
    expect((await fixture.inPullRequest(number, ["pr"])).exitCode).toBe(0);
    const wider = [FULL[0] ?? "", "objects: [{database: shop, as: store}, {database: crm}]"];
    await fixture.push("shop", { [SHOP]: migrationOf("shop", wider) });
    await fixture.merge(number);
    const refused = await fixture.onMain(["reconcile"]);
    expect(refused.exitCode, String(refused.stderr)).toBe(3);
    expect(String(refused.stdout)).toContain(`what #${number} has shown is another one`);
    expect(await there.db("store").listCollections().toArray()).toEqual([]);
  });

  it("of a copy holds also for its later slices", async () => {
    await fill("shop", 2_000);
    const number = await change("shop", [...FULL, "limits: {documentsPerSecond: 300}"]);
    const first = fixture.onMain(["reconcile"]);
    const copied = there.db("store").collection("orders");
    await expect.poll(async () => copied.countDocuments(), SOON).toBeGreaterThan(0);
    first.kill("SIGINT");
    expect((await endsSoon(first)).exitCode).toBe(75);
    await client.db("shop").createCollection("sudden");
    const refused = await fixture.onMain(["reconcile"]);
    expect(refused.exitCode, String(refused.stderr)).toBe(3);
    expect(commentOn(fixture, number)).toMatch(
      /^## 📣 shop — refused, since the plan has changed/mu,
    );
    await client.db("shop").collection("sudden").drop();
    const run = await fixture.onMain(["reconcile"]);
    expect(run.exitCode, String(run.stderr)).toBe(0);
    await expectEqual();
  });

  it("of one spec is none of another, for which a run was only paused", async () => {
    await change("shop", FOLLOWED);
    const first = fixture.onMain(["reconcile"]);
    await hasPrinted(first, "→ Streaming");
    first.kill("SIGKILL");
    await first;
    const before = await readRun();
    await change("pause", [...WIDER, "desiredState: paused"]);
    const away = { GITHUB_API_URL: "http://127.0.0.1:9" };
    const paused = await fixture.onMain(["reconcile"], away);
    expect(paused.exitCode, String(paused.stderr)).toBe(0);
    expect(await readRun()).toMatchObject({ phase: "Paused", specHash: before?.["specHash"] });
    await client.db("crm").createCollection("sudden");
    await fixture.push("main", { [SHOP]: migrationOf("shop", WIDER) });
    const refused = await fixture.onMain(["reconcile"]);
    expect(refused.exitCode, String(refused.stderr)).toBe(3);
    expect(await there.db("c").listCollections().toArray()).toEqual([]);
  });

  it("of another spec does not lead past the precheck, however often it is tried", async () => {
    await change("shop", FOLLOWED);
    const first = fixture.onMain(["reconcile"]);
    await hasPrinted(first, "→ Streaming");
    first.kill("SIGINT");
    expect((await endsSoon(first)).exitCode).toBe(75);
    await there.db("c").collection("orders").insertOne({ mine: true });
    const number = await fixture.propose("wider", { [SHOP]: migrationOf("shop", WIDER) });
    expect((await fixture.inPullRequest(number, ["pr"])).exitCode).toBe(4);
    await fixture.merge(number);
    for (const attempt of ["first", "second"]) {
      const blocked = await endsSoon(fixture.onMain(["reconcile"]));
      expect(blocked.exitCode, `${attempt}: ${blocked.stderr}`).toBe(4);
    }
    expect(await there.db("c").collection("orders").countDocuments()).toBe(1);
  });

  it("that nobody can be asked for is none", async () => {
    const number = await fixture.propose("shop", { [SHOP]: migrationOf("shop", FULL) });
    await fixture.inPullRequest(number, ["pr"]);
    await fixture.merge(number);
    fixture.github.plan({ on: /\/pulls$/u, times: 99, kind: "status", status: 404 });
    const run = await fixture.onMain(["reconcile"]);
    expect(run.exitCode).toBe(1);
    expect(await there.db("store").listCollections().toArray()).toEqual([]);
  });

  it("can be required", async () => {
    await fixture.push("main", { [SHOP]: migrationOf("shop", FULL) });
    const refused = await fixture.onMain(["reconcile", "--require-approval"]);
    expect([refused.exitCode, String(refused.stdout)]).toEqual([
      3,
      expect.stringContaining("no merged pull request has shown a plan of this spec"),
    ]);
    const run = await fixture.onMain(["reconcile"]);
    expect(run.exitCode, String(run.stderr)).toBe(0);
    expect(String(run.stderr)).toContain("No merged pull request has shown a plan of this spec");
  });

  it("cannot be given where nobody can be asked for it", async () => {
    await fixture.push("main", { [SHOP]: migrationOf("shop", FULL) });
    const alone = { GITHUB_REPOSITORY: "", GITHUB_TOKEN: "" };
    const run = await fixture.onMain(["reconcile", "--require-approval"], alone);
    expect([run.exitCode, String(run.stdout)]).toEqual([
      3,
      expect.stringContaining("there is no GitHub to ask for it"),
    ]);
    expect(await there.db("store").listCollections().toArray()).toEqual([]);
  });
});

describe("a merged pull request", () => {
  it("is obeyed while the work goes on, and told so: limits, pause, resume, cutover", async () => {
    const first = await fixture.propose("shop", { [SHOP]: migrationOf("shop", FOLLOWED) });
    await fixture.inPullRequest(first, ["pr"]);
    await fixture.merge(first);
    const run = fixture.onMain(["reconcile"]);
    await hasPrinted(run, "→ Streaming");
    await expect.poll(() => commentOn(fixture, first), SOON).toMatch(/## 📣 shop — Streaming, /u);

    const limits = await change("limits", [...FOLLOWED, "limits: {workers: 2}"]);
    await expect
      .poll(() => commentOn(fixture, limits), SOON)
      .toMatch(/## 📣 shop — the change is obeyed, \d/u);
    expect(commentOn(fixture, limits)).toContain("limits.workers: 4 → 2");

    const pause = await change("pause", [...FOLLOWED, "desiredState: paused"]);
    expect(commentOn(fixture, pause)).toMatch(
      /> \[!WARNING\]\n> Leaves the run while it is Streaming\./u,
    );
    const paused = await endsSoon(run);
    expect(paused.exitCode, paused.stderr).toBe(0);
    expect(commentOn(fixture, pause)).toMatch(/## 📣 shop — Paused, /u);

    const cutover = [...FOLLOWED, "desiredState: cutover", "cutover: {quietSeconds: 1}"];
    const last = await change("cutover", cutover);
    expect(commentOn(fixture, last)).toContain("> Moves the workload, from Paused on.");
    const done = await endsSoon(fixture.onMain(["reconcile"]));
    expect(done.exitCode, done.stderr).toBe(0);
    expect(commentOn(fixture, last)).toMatch(/## 📣 shop — Completed, /u);
    for (const number of [first, limits, pause, last]) {
      expect(fixture.github.comments(number)).toHaveLength(1);
    }
    await expectEqual();
  }, 120_000);
});

const SOON = { timeout: 30_000, interval: 200 };

/** Returns the number of a pull request that has been reviewed and merged. */
async function change(branch: string, lines: readonly string[]): Promise<number> {
  return mergeReviewed(fixture, branch, { [SHOP]: migrationOf("shop", lines) });
}

async function readRun() {
  return there.db("mongoferry").collection("migrations").findOne();
}

async function endsSoon(run: CliRun): Promise<{ exitCode: number; stderr: string }> {
  const tooLate = setTimeout(() => run.kill("SIGKILL"), 60_000);
  const { exitCode, stderr } = await run;
  clearTimeout(tooLate);
  return { exitCode: exitCode ?? -1, stderr: String(stderr) };
}

async function fill(db: string, count: number): Promise<void> {
  await client.db(db).collection("orders").deleteMany({});
  const text = "x".repeat(100);
  const documents = Array.from({ length: count }, (_, n) => ({ _id: n, text }));
  await client.db(db).collection<Keyed>("orders").insertMany(documents);
}

async function expectEqual(): Promise<void> {
  await sleep(100);
  expect(await readDatabase(there, "store")).toEqual(await readDatabase(client, "shop"));
}
