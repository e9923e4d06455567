import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSpecs } from "../../src/spec/load-specs.ts";
import { PLAIN_LIMITS } from "../support/plain-limits.ts";
import { CONNECTIONS, document, formatHeading, migration } from "./specs-in-text.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const SHOP = migration("m", "objects: [{database: shop}]");
let cwd = "";

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "specs-"));
});

afterEach(() => rm(cwd, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(cwd, path, ".."), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
}

async function load(...paths: string[]) {
  const { problems, ...loaded } = await loadSpecs(paths, { cwd });
  return { ...loaded, problems, headings: problems.map(formatHeading) };
}

describe("loadSpecs", () => {
  it("accepts the examples", async () => {
    const loaded = await loadSpecs([], { cwd: repository });
    expect(loaded.problems).toEqual([]);
    expect(loaded.files).toEqual(
      ["atlas-to-apsaradb", "defaults", "plain-to-plain"].map((name) => `migrations/${name}.yaml`),
    );
    expect(loaded.migrations.map(({ name }) => name)).toEqual([
      "crm-to-new-cluster",
      "shop-to-apsaradb",
    ]);
  });

  it("reads directories below, both endings, sorted, each file once", async () => {
    await write({
      "migrations/z.yml": SHOP,
      "migrations/deep/er/a.yaml": CONNECTIONS,
      "migrations/.hidden/a.yaml": "[",
      "migrations/state/shop/status.yaml": "[",
      "migrations/state/shop/events/000001-prechecking.yaml": "[",
      "migrations/notes.md": "[",
    });
    await symlink("..", join(cwd, "migrations/deep/loop.yaml"));
    const loaded = await load("migrations", "migrations/z.yml", "./migrations/deep");
    expect(loaded.headings).toEqual([]);
    expect(loaded.files).toEqual(["migrations/deep/er/a.yaml", "migrations/z.yml"]);
  });

  it("file-not-found and no-specs", async () => {
    await mkdir(join(cwd, "empty"));
    expect((await load("empty", "missing.yaml", "a\0b")).headings).toEqual([
      "a\0b:1:1 file-not-found",
      "empty:1:1 no-specs",
      "missing.yaml:1:1 file-not-found",
    ]);
    expect((await load()).headings).toEqual(["migrations:1:1 file-not-found"]);
    await mkdir(join(cwd, "links"));
    await symlink("nowhere", join(cwd, "links/a.yaml"));
    expect((await load("links")).headings).toEqual(["links/a.yaml:1:1 file-not-found"]);
  });

  it("file-too-large: from its size alone", async () => {
    await write({ "migrations/a.yaml": "[" });
    await truncate(join(cwd, "migrations/a.yaml"), 5_000_000);
    const { headings, problems } = await load();
    expect(headings).toEqual(["migrations/a.yaml:1:1 file-too-large"]);
    expect(problems[0]?.message).toContain("4.8 MiB");
  });

  it("gives back sound migrations beside broken ones", async () => {
    const other = migration("n", "objects: [{database: other}]", "x: 1");
    await write({ "migrations/a.yaml": CONNECTIONS + SHOP, "migrations/b.yaml": other });
    const loaded = await load();
    expect(loaded.headings).toEqual(["migrations/b.yaml:9:3 unknown-key spec.x"]);
    expect(loaded.migrations.map(({ name }) => name)).toEqual(["m"]);
  });

  it("gives back none whose connection or Defaults are broken", async () => {
    const broken = CONNECTIONS.replace("{env: OLD_URI}", "{}");
    await write({ "a/c.yaml": broken, "a/m.yaml": SHOP });
    expect((await load("a")).migrations).toEqual([]);
    await write({
      "b/m.yaml": CONNECTIONS + SHOP,
      "b/d.yaml": document("Defaults", "d", ["x: 1"]),
    });
    expect((await load("b")).migrations).toEqual([]);
  });
});

describe("normalizing", () => {
  it("fills in the built-in values", async () => {
    await write({ "migrations/a.yaml": CONNECTIONS + SHOP });
    const [loaded] = (await load()).migrations;
    const ends = { source: { name: "old" }, destination: { name: "new" } };
    expect(loaded).toMatchObject(ends);
    expect({ ...loaded, ...ends }).toEqual({
      name: "m",
      title: "m",
      place: "migrations/a.yaml:11:1",
      file: join(cwd, "migrations/a.yaml"),
      desiredState: "running",
      mode: "full",
      ...ends,
      objects: [{ database: "shop", as: null, collections: null, functions: true, exclude: [] }],
      metadataDatabase: "mongoferry",
      reverse: null,
      limits: { ...PLAIN_LIMITS, isAdaptive: true },
      verification: { mode: "full", when: "end", sampleDocuments: 1_000, pauseMs: 3_600_000 },
      journal: "auto",
      costs: { egressPerGigabyte: null, perHour: null, currency: "USD" },
      cutover: { quietMs: 120_000, maxLagMs: 10_000, waitMs: 1_800_000, blockSourceWrites: false },
      git: { stateBranch: null, commits: "git" },
    });
  });

  it("takes the Defaults where a migration says nothing", async () => {
    const defaults = [
      "limits: {workers: 8, bufferMiB: 32}",
      "verification: {mode: sample, sampleDocuments: 50}",
      "metadataDatabase: meta",
      "costs: {egressPerGigabyte: 0.09, perHour: 2}",
    ];
    const own = migration(
      "m",
      "objects: [{database: shop}]",
      "limits: {workers: 2}",
      "verification: off",
      "costs: {perHour: 0.5, currency: CNY}",
    );
    await write({
      "migrations/a.yaml": CONNECTIONS + own,
      "migrations/d.yaml": document("Defaults", "d", [...defaults, "state: {branch: states}"]),
    });
    expect((await load()).migrations[0]).toMatchObject({
      limits: { ...PLAIN_LIMITS, workers: 2, bufferBytes: 32 * 1024 * 1024, isAdaptive: true },
      verification: { mode: "off", when: "end", sampleDocuments: 50 },
      metadataDatabase: "meta",
      costs: { egressPerGigabyte: 0.09, perHour: 0.5, currency: "CNY" },
      git: { stateBranch: "states" },
    });
  });

  it("fills in connections by provider, and resolves files beside the spec", async () => {
    const atlas = ["provider: atlas", "host: c0.example.net", "username: u", "password: {env: P}"];
    const plain = [
      "provider: mongodb",
      "host: h",
      "username: {env: U}",
      "password: {env: P}",
      "tls: {caFile: ../ca.pem}",
    ];
    const connections = [
      document("Connection", "old", atlas),
      document("Connection", "new", plain),
    ];
    await write({ "migrations/a.yaml": [...connections, SHOP].join("---\n") });
    const [loaded] = (await load()).migrations;
    expect(loaded?.source).toEqual({
      name: "old",
      place: "migrations/a.yaml:1:1",
      provider: "atlas",
      address: {
        kind: "parts",
        host: "c0.example.net",
        isSrv: true,
        port: 27017,
        replicaSet: null,
        authDatabase: "admin",
        username: { kind: "text", text: "u" },
        passwordEnv: "P",
      },
      tls: {
        isEnabled: true,
        caFile: null,
        certificateKeyFile: null,
        allowInvalidCertificates: false,
        allowInvalidHostnames: false,
      },
      timeouts: { connectMs: 10_000, serverSelectionMs: 30_000 },
      declaredStorageBytes: null,
    });
    expect(loaded?.destination).toMatchObject({
      address: { isSrv: false, username: { kind: "env", env: "U" } },
      tls: { isEnabled: null, caFile: join(cwd, "ca.pem") },
    });
  });
});
