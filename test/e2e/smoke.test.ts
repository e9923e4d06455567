/** What users install, once through: run on each release of Node by `npm run test:node`. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliFixture, openCliFixture } from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";
import { openTwoEnds, type TwoEnds } from "../support/two-ends.ts";

/** Node's own, such as of something deprecated: users would see them. */
const WARNING_OF_NODE = /\(node:\d+\)/u;

let ends: TwoEnds;
let cli: CliFixture;

beforeAll(async () => {
  ends = await openTwoEnds();
  cli = await openCliFixture(ends.uris);
});

afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await ends?.[Symbol.asyncDispose]();
});

test("says its version", async () => {
  const { version } = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { readonly version: string };
  const { stdout, stderr, exitCode } = await cli.start(["--version"]);
  expect([exitCode, stdout, stderr]).toEqual([0, version, ""]);
});

test("checks a spec, carries it out, and has the same at both ends", async () => {
  const orders = ends.client.db("shop").collection("orders");
  await orders.insertMany(
    Array.from({ length: 5_000 }, (_, at) => ({ customer: at % 50, total: at / 4 })),
  );
  await orders.createIndex({ customer: 1, total: -1 });
  await ends.client.db("shop").createCollection("rich", {
    viewOn: "orders",
    pipeline: [{ $match: { total: { $gt: 1_000 } } }],
  });
  await cli.writeSpec("shop", ["mode: full", "objects: [{database: shop, as: store}]"]);

  const validated = await cli.start(["validate"]);
  expect([validated.exitCode, validated.stderr]).toEqual([0, ""]);
  const applied = await cli.start(["apply"]);
  expect(applied.exitCode, applied.stderr).toBe(0);
  expect(applied.stderr).not.toMatch(WARNING_OF_NODE);

  const source = await readDatabase(ends.client, "shop");
  expect(Object.keys(source).toSorted()).toEqual(["orders", "rich"]);
  expect(await readDatabase(ends.there, "store")).toEqual(source);
});
