/** A whole migration whose state commits GitHub makes, as a workflow on the main branch runs it. */
import { execa } from "execa";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import {
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";

const DEFAULTS = [
  "apiVersion: mongoferry.dev/v1",
  "kind: Defaults",
  "metadata: {name: defaults}",
  "spec: {state: {commits: github}}",
  "",
].join("\n");

let source: BorrowedSet;
let destination: BorrowedSet;
let fixture: ReviewFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  const client = await MongoClient.connect(source.uri);
  await client.db("shop").collection("orders").insertOne({ total: 1 });
  await client.close();
  fixture = await openReviewFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await fixture.push("main", {
    "migrations/connections.yaml": CONNECTIONS,
    "migrations/defaults.yaml": DEFAULTS,
    "migrations/shop.yaml": migrationOf("shop", ["mode: full", "objects: [{database: shop}]"]),
  });
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

it("keeps state back where GitHub is not known, and has it made up for by the next workflow", async () => {
  const begin = await bare("rev-parse", "main");
  const without = await fixture.onMain(["apply", "shop"], { GITHUB_TOKEN: "", GH_TOKEN: "" });
  expect([without.exitCode, String(without.stderr)]).toEqual([
    0,
    expect.stringMatching(/Set GITHUB_REPOSITORY .* and GITHUB_TOKEN/u),
  ]);
  expect(await bare("rev-parse", "main"), "nothing was pushed unsigned").toBe(begin);

  const workflow = await fixture.onMain(["apply", "shop"]);
  expect(workflow.exitCode, String(workflow.stderr)).toBe(0);
  expect(await bare("log", "--format=%cn|%B", `${begin}..main`)).toMatch(
    /^GitHub\|mongoferry: shop is Completed \[skip ci\]\n\nMongoferry-Migration: shop\nMongoferry-Epoch: \d+\nMongoferry-Seq: 4\n?$/u,
  );
  const status = await bare("show", "main:state/shop/status.yaml");
  expect(status).toContain("phase: Completed");
  expect(status).toContain(`commit: "${begin}"`);
  expect((await bare("ls-tree", "-r", "--name-only", "main", "state/")).split("\n")).toEqual([
    "state/shop/events/000001-prechecking.yaml",
    "state/shop/events/000002-copying.yaml",
    "state/shop/events/000003-verifying.yaml",
    "state/shop/events/000004-completed.yaml",
    "state/shop/plan.json",
    "state/shop/report.html",
    "state/shop/report.md",
    "state/shop/status.yaml",
  ]);

  const tip = await bare("rev-parse", "main");
  const again = await fixture.onMain(["apply", "shop"]);
  expect([again.exitCode, await bare("rev-parse", "main")]).toEqual([0, tip]);
  expect(fixture.github.violations()).toEqual([]);
});

async function bare(...args: readonly string[]): Promise<string> {
  return (await execa("git", args, { cwd: fixture.bare })).stdout;
}
