import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSpecs } from "../../src/spec/load-specs.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-reverse-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const CONNECTIONS = ["old", "new"].map(
  (name) =>
    `apiVersion: mongoferry.dev/v1\nkind: Connection\nmetadata: {name: ${name}}\nspec: {provider: mongodb, uri: {env: ${name.toUpperCase()}_URI}}\n`,
);

function migration(name: string, ...lines: readonly string[]): string {
  const spec = ["mode: full-and-incremental", ...lines].map((line) => `  ${line}`).join("\n");
  return `apiVersion: mongoferry.dev/v1\nkind: Migration\nmetadata: {name: ${name}}\nspec:\n${spec}\n`;
}

const THERE = ["source: {connection: old}", "destination: {connection: new}"];
const BACK = ["source: {connection: new}", "destination: {connection: old}"];
const SHOP = migration(
  "shop",
  ...THERE,
  "desiredState: cutover",
  "objects: [{database: shop, as: store}]",
);

async function load(...migrations: readonly string[]) {
  const file = join(directory, "specs.yaml");
  await writeFile(file, [...CONNECTIONS, ...migrations].join("---\n"));
  return loadSpecs([file], { cwd: directory });
}

describe("reverse", () => {
  it("has the objects of the other migration, turned around", async () => {
    const { migrations, problems } = await load(
      SHOP,
      migration("back", ...BACK, "reverse: {of: shop}"),
    );
    expect(problems).toEqual([]);
    expect(migrations.find(({ name }) => name === "back")).toMatchObject({
      reverse: { of: "shop", metadataDatabase: "mongoferry" },
      objects: [{ database: "store", as: "shop", functions: false }],
    });
  });

  it("can itself be gone back behind", async () => {
    const { migrations, problems } = await load(
      SHOP,
      migration("back", ...BACK, "reverse: {of: shop}", "desiredState: cutover"),
      migration("again", ...THERE, "reverse: {of: back}"),
    );
    expect(problems).toEqual([]);
    expect(migrations.find(({ name }) => name === "again")?.objects).toMatchObject([
      { database: "shop", as: "store" },
    ]);
  });

  it.each([
    ["objects-missing", [migration("m", ...THERE)]],
    [
      "reverse-with-objects",
      [SHOP, migration("back", ...BACK, "reverse: {of: shop}", "objects: [{database: a}]")],
    ],
    ["unknown-migration", [SHOP, migration("back", ...BACK, "reverse: {of: shpo}")]],
    ["reverse-ends", [SHOP, migration("back", ...THERE, "reverse: {of: shop}")]],
    [
      "reverse-loop",
      [
        SHOP.replace("desiredState: cutover", "desiredState: running"),
        migration("back", ...BACK, "reverse: {of: shop}"),
      ],
    ],
    ["reverse-circle", [migration("back", ...BACK, "reverse: {of: back}")]],
    [
      "reverse-mode",
      [
        SHOP,
        migration("back", ...BACK, "reverse: {of: shop}").replace(
          "mode: full-and-incremental",
          "mode: full",
        ),
      ],
    ],
    [
      "not-reversible",
      [
        migration(
          "shop",
          ...THERE,
          "desiredState: cutover",
          'objects: [{database: shop, collections: [{name: a, filter: "{}"}]}]',
        ),
        migration("back", ...BACK, "reverse: {of: shop}"),
      ],
    ],
  ])("refuses what cannot be: %s", async (code, migrations) => {
    const { problems } = await load(...migrations);
    expect(problems.map((problem) => problem.code)).toContain(code);
  });
});
