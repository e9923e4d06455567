/**
 * The loop that people use: the workflows that `mongoferry init` writes, run by `act` for pull requests, merges and hand-overs, with a
 * release of the Action and without a registry.
 */
import { type Collection, MongoClient } from "mongodb";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pullRequestEvent } from "../../dev/fake-github/workflow-environment.ts";
import { type GitHttpServer, startGitHttpServer } from "../../dev/git-server/git-http-server.ts";
import { readDatabase } from "../support/compare-databases.ts";
import {
  commentOn,
  openReviewFixture,
  type ReviewFixture,
  TOKEN,
} from "../support/review-fixture.ts";
import { checkStateFile, readStateFiles } from "../support/state-files.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";
import { type ActHost, openActHost } from "./act-host.ts";
import { openActionCheckout } from "./action-checkout.ts";
import { ACT, requireGoTool } from "./go-tool.ts";
import { type NpmStandIn, openNpmStandIn } from "./npm-stand-in.ts";
import { WorkflowQueue } from "./workflow-queue.ts";

const SHOP = "migrations/shop.yaml";
const DOCUMENTS = 8_000;
const SOON = { timeout: 120_000, interval: 250 };

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ReviewFixture;
let server: GitHttpServer;
let host: ActHost;
let queue: WorkflowQueue;
let npm: NpmStandIn;
let folder: string;
/** A release, as the workflows name it. */
let action: string;

beforeAll(async () => {
  const act = await requireGoTool(ACT);
  folder = await mkdtemp(join(tmpdir(), "mongoferry-loop-"));
  await using checkout = await openActionCheckout();
  const release = await checkout.release();
  action = `una/mongoferry@${release}`;
  npm = await openNpmStandIn();
  ends = await openTwoEnds();
  ({ client, there } = ends);
  fixture = await openReviewFixture({});
  server = await startGitHttpServer({ root: dirname(fixture.bare), token: TOKEN });
  const address = new URL("/bare.git", server.url).href;
  host = await openActHost({
    act,
    bare: fixture.bare,
    remote: address,
    repository: fixture.github.repository,
    apiUrl: fixture.github.url,
    actions: { [action]: await checkout.extract(release, join(folder, "action")) },
    env: npm.env,
    secrets: {
      GITHUB_TOKEN: TOKEN,
      SOURCE_URI: ends.source.uri,
      DESTINATION_URI: ends.destination.uri,
    },
    variables: { MONGOFERRY_DEADLINE: "20s" },
  });
  queue = new WorkflowQueue(host, fixture.github);
});

afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await fixture?.[Symbol.asyncDispose]();
  await ends?.[Symbol.asyncDispose]();
  await npm?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it("goes from a pull request to a cutover, in slices and under writes, by the workflows alone", async () => {
  const orders = client.db("shop").collection<Order>("orders");
  await orders.insertMany(Array.from({ length: DOCUMENTS }, (_, n) => orderOf(n)));
  await orders.createIndex({ customer: 1, number: 1 }, { unique: true });
  await using writer = startWriter(orders);
  const spec = await initialize();

  const started = await propose("start", spec.with(RUNNING, "documentsPerSecond: 200"));
  expect(commentOn(fixture, started)).toMatch(/^## 🟢 shop — 1 to copy/mu);
  expect(commentOn(fixture, started)).toContain("**Next:**");
  await merge(started);
  // The first slice is over, and has handed over.
  await expect.poll(() => queue.results.length, SOON).toBe(2);
  expect(commentOn(fixture, started)).toMatch(/^## 📣 shop — Copying/mu);

  const faster = await propose("faster", spec.with(RUNNING, "documentsPerSecond: 5000"));
  await merge(faster);
  await expect.poll(() => commentOn(fixture, faster), SOON).toMatch(/^## 📣 shop — /mu);
  await expect.poll(readPhase, SOON).toBe("Streaming");

  const paused = await propose("pause", spec.with("paused", "documentsPerSecond: 5000"));
  await merge(paused);
  await expect.poll(readPhase, { ...SOON, timeout: 30_000 }).toBe("Paused");
  await queue.idle();
  expect(commentOn(fixture, paused)).toMatch(/^## 📣 shop — Paused, .+ after the merge/mu);

  const resumed = await propose("resume", spec.with(RUNNING, "workers: 2"));
  await merge(resumed);
  await expect.poll(readPhase, SOON).toBe("Streaming");

  const moved = await propose("cutover", spec.with("cutover", "workers: 2"));
  await merge(moved);
  await writer.stop();
  await expect.poll(readPhase, SOON).toBe("Completed");
  await queue.idle();
  expect(commentOn(fixture, moved)).toMatch(/^## 📣 shop — Completed, .+ after the merge/mu);

  expect(writer.count()).toBeGreaterThan(500);
  expect(await readDatabase(there, "store")).toEqual(await readDatabase(client, "shop"));
  for (const number of [started, faster, paused, resumed, moved]) {
    expect(fixture.github.comments(number), `pull request ${number}`).toHaveLength(1);
  }
  for (const { isSuccess, log } of queue.results) expect(isSuccess, log).toBe(true);
  expect(fixture.github.violations()).toEqual([]);
  expect(await npm.calls(), "a release installs nothing").toEqual([]);
  await expectValidState();
});

const RUNNING = "running";

/** Writes what `init` writes, and pushes it to main. */
async function initialize(): Promise<{ with(state: string, limits: string): string }> {
  const options = ["--name", "shop", "--database", "shop", "--action", action];
  const providers = ["--source", "mongodb", "--destination", "mongodb"];
  const { exitCode, stderr } = await fixture.author.start(["init", ...options, ...providers]);
  expect(exitCode, String(stderr)).toBe(0);
  const text = await readFile(join(fixture.author.directory, SHOP), "utf8");
  await fixture.push("main", {});
  queue.push();
  await queue.idle();
  expect(await there.db("mongoferry").listCollections().toArray()).toEqual([]);
  return {
    with: (state, limits) =>
      [
        text.replace("desiredState: paused", `desiredState: ${state}`).trimEnd(),
        "      as: store",
        "  cutover: {quietSeconds: 2}",
        `  limits: {${limits}}`,
        "",
      ].join("\n"),
  };
}

async function propose(branch: string, spec: string): Promise<number> {
  const number = await fixture.propose(branch, { [SHOP]: spec });
  // A second push edits the comment.
  for (const _ of [1, 2]) {
    const pull = await fixture.github.refreshPullRequest(number);
    const { repository } = fixture.github;
    const event = pullRequestEvent({
      number,
      repository,
      headRepository: repository,
      branch,
      baseCommit: await fixture.author.git("rev-parse", "origin/main"),
      headCommit: pull.headCommit,
    });
    const { isSuccess, log } = await host.run("mongoferry-plan.yml", "pull_request", event);
    expect(isSuccess, log).toBe(true);
    expect(log.includes("The cutover may be merged."), log).toBe(branch === "cutover");
    expect(fixture.github.statuses(pull.headCommit).at(-1)).toMatchObject({
      state: "success",
      context: "mongoferry/shop",
    });
    if (branch !== "start") break;
  }
  return number;
}

async function merge(number: number): Promise<void> {
  await fixture.merge(number);
  queue.push();
}

async function readPhase(): Promise<unknown> {
  return (await there.db("mongoferry").collection("migrations").findOne())?.["phase"];
}

async function expectValidState(): Promise<void> {
  const files = await readStateFiles(fixture.bare, "main");
  const names = [...files.keys()];
  expect(names).toEqual(
    expect.arrayContaining(["shop/plan.json", "shop/report.md", "shop/status.yaml"]),
  );
  expect(names.filter((name) => /\/events\/\d+-paused\.yaml$/u.test(name))).toHaveLength(1);
  expect([...files].flatMap(([path, content]) => checkStateFile(path, content))).toEqual([]);
}

interface Order {
  readonly _id: number;
  readonly customer: string;
  readonly number: number;
  readonly count?: number;
}

function orderOf(n: number): Order {
  return { _id: n, customer: `customer ${n % 97}`, number: n };
}

/** Inserts, updates and deletes until it is told to stop. */
function startWriter(orders: Collection<Order>) {
  let count = 0;
  const over = new AbortController();
  const writing = (async () => {
    while (!over.signal.aborted) {
      const n = (count * 7919) % DOCUMENTS;
      if (count % 3 === 0) await orders.updateOne({ _id: n }, { $inc: { count: 1 } });
      else if (count % 3 === 1) await orders.insertOne(orderOf(DOCUMENTS + count));
      else await orders.deleteOne({ _id: DOCUMENTS + count - 31 });
      count++;
      await sleep(5);
    }
  })();
  const stop = async (): Promise<void> => {
    over.abort();
    await writing;
  };
  return { count: () => count, stop, [Symbol.asyncDispose]: stop };
}
