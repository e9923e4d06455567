/** A controller of a repository at a code host: approvals, and what is told under merged pull requests. */
import type { MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Keyed } from "../support/following/reach-streaming.ts";
import {
  commentOn,
  mergeReviewed,
  BOT,
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";
import { type Served, served, SOON } from "../support/serve-fixture.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

/** Of the account that controllers have; plans are shown by the workflow's bot. */
const SERVE_TOKEN = "ghp_planted0serve0token";
const FOLLOWED = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];
const PUSHED = [
  FOLLOWED[0] ?? "",
  "objects: [{database: shop, as: store}, {database: crm, as: c}]",
];
const BOTH = [FOLLOWED[0] ?? "", "objects: [{database: shop, as: store}, {database: crm}]"];
const SHOP = "migrations/shop.yaml";

let ends: TwoEnds;
let client: MongoClient;
let there: MongoClient;
let fixture: ReviewFixture;
let controller: Served | null;

beforeAll(async () => {
  ends = await openTwoEnds();
  ({ client, there } = ends);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await client.db("shop").collection<Keyed>("orders").insertOne({ _id: 1 });
  await client.db("crm").collection<Keyed>("people").insertOne({ _id: 1 });
  fixture = await openReviewFixture(ends.uris);
  fixture.github.addAccount(SERVE_TOKEN, { ...BOT, login: "ferryman", type: "User" });
  await fixture.push("main", { "migrations/connections.yaml": CONNECTIONS });
  controller = null;
});

afterEach(async () => {
  controller?.child.run.kill("SIGKILL");
  await controller?.child.run;
  expect(fixture.github.violations()).toEqual([]);
  await fixture[Symbol.asyncDispose]();
});

it("begins what was approved, tells what becomes of it, and leaves at work what was approved before", async () => {
  controller = await serve();
  const first = await propose("shop", FOLLOWED);
  await controller.says("shop: Follows the changes of");
  await expect
    .poll(() => commentOn(fixture, first), SOON)
    .toMatch(/## 📣 shop — Streaming, .+ after the merge/u);

  await fixture.push("main", { [SHOP]: migrationOf("shop", PUSHED) });
  await controller.says("so far; what was approved before goes on");
  await client.db("shop").collection<Keyed>("orders").insertOne({ _id: 2 });
  await expect.poll(() => there.db("store").collection("orders").countDocuments(), SOON).toBe(2);
  expect(await there.db("c").collection("people").countDocuments()).toBe(0);

  const second = await propose("both", BOTH);
  await controller.says("it is begun with anew");
  await expect.poll(() => there.db("crm").collection("people").countDocuments(), SOON).toBe(1);
  await expect.poll(() => commentOn(fixture, second), SOON).toMatch(/## 📣 shop — Streaming, /u);
  for (const number of [first, second]) {
    expect(fixture.github.comments(number).map(({ login }) => login)).toEqual([BOT.login]);
  }
  expect(await controller.stop()).toBe(75);
  expect(controller.said()).not.toContain(SERVE_TOKEN);
}, 120_000);

async function serve(): Promise<Served> {
  const args = ["serve", "--repository", fixture.bare, "--port", "0", "--interval", "1s"];
  return served(
    fixture.author.start([...args, "--require-approval"], {
      GITHUB_API_URL: fixture.github.url,
      GITHUB_REPOSITORY: "una/shop",
      GITHUB_TOKEN: SERVE_TOKEN,
      MONGOFERRY_GITHUB_LOGIN: BOT.login,
    }),
  );
}

/** Returns the number of a pull request that has been reviewed and merged. */
async function propose(branch: string, lines: readonly string[]): Promise<number> {
  return mergeReviewed(fixture, branch, { [SHOP]: migrationOf("shop", lines) });
}
