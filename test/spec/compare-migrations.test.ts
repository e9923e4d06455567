import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MigrationChange } from "../../src/model/migration-change.ts";
import { compareMigrations } from "../../src/spec/compare-migrations.ts";
import { digestFiles } from "../../src/spec/connection-files.ts";
import { loadSpecs } from "../../src/spec/load-specs.ts";

type Files = Readonly<Record<string, string>>;

let directory: string;
let folders = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-compare-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const API = "apiVersion: mongoferry.dev/v1";
const document = (kind: string, name: string, ...spec: readonly string[]): string =>
  [
    API,
    `kind: ${kind}`,
    `metadata: {name: ${name}}`,
    "spec:",
    ...spec.map((each) => `  ${each}`),
    "",
  ].join("\n");

const PARTS = [
  "provider: atlas",
  "host: cluster.example.net",
  "username: mover",
  "password: {env: SOURCE_PASSWORD}",
];
const OLD = document("Connection", "old", ...PARTS);
const NEW = document("Connection", "new", "provider: mongodb", "uri: {env: NEW_URI}");
const ENDS = ["source: {connection: old}", "destination: {connection: new}"];
const OBJECTS = "objects: [{database: shop}]";
const SHOP = document("Migration", "shop", "mode: full", ...ENDS, OBJECTS);
const BASE: Files = { "old.yaml": OLD, "new.yaml": NEW, "shop.yaml": SHOP };

async function write(files: Files): Promise<string> {
  const root = join(directory, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    if (text.startsWith("-> ")) await symlink(text.slice(3), path);
    else await writeFile(path, text);
  }
  return root;
}

async function read(files: Files, paths: readonly string[]) {
  const { problems, migrations, connections } = await loadSpecs(paths, { cwd: await write(files) });
  return { problems, migrations, connections, files: await digestFiles(connections) };
}

/** @param tip - The base branch, where it is not as it was when the change began. */
async function compare(
  before: Files,
  after: Files,
  {
    tip = before,
    paths = ["."],
  }: { readonly tip?: Files; readonly paths?: readonly string[] } = {},
): Promise<readonly MigrationChange[]> {
  const base = await read(before, paths);
  const { problems, migrations, files } = await read(after, paths);
  expect(problems).toEqual([]);
  const trusted = await read(tip, paths);
  return compareMigrations({ before: base.migrations, after: migrations, files, trusted });
}

async function isStoreKnown(before: Files, after: Files): Promise<readonly boolean[]> {
  const changes = await compare(before, after);
  return changes.flatMap((each) => (each.kind === "deleted" ? [] : [each.isStoreKnown]));
}

describe("compareMigrations", () => {
  it("finds nothing where only the places of things change", async () => {
    const moved = { "all.yaml": `# moved\n${SHOP}---\n${NEW}---\n${OLD}` };
    expect(await compare(BASE, moved)).toEqual([]);
    expect(await compare(BASE, BASE)).toEqual([]);
  });

  it("tells what is new, deleted, changed, and what is obeyed at once", async () => {
    const crm = document("Migration", "crm", "mode: full", ...ENDS, "objects: [{database: crm}]");
    const added = await compare(BASE, { ...BASE, "crm.yaml": crm });
    expect(added).toMatchObject([{ kind: "added", name: "crm", before: null, untrusted: [] }]);
    const { "shop.yaml": _, ...rest } = BASE;
    expect(await compare(BASE, rest)).toEqual([{ kind: "deleted", name: "shop" }]);
    const otherwise = SHOP.replace("{database: shop}", "{database: shop, as: store}");
    const changed = await compare(BASE, { ...BASE, "shop.yaml": otherwise });
    expect(changed).toMatchObject([{ kind: "changed", settings: [], untrusted: [] }]);
    const paused = `${SHOP}  desiredState: paused\n  limits: {workers: 2}\n`;
    const settings = await compare(BASE, { ...BASE, "shop.yaml": paused });
    expect(settings).toMatchObject([
      {
        kind: "settings",
        settings: ["desiredState: running → paused", "limits.workers: 4 → 2"],
        untrusted: [],
      },
    ]);
  });

  it("has a change of the Defaults for one of each migration, and of no connection", async () => {
    const defaults = document("Defaults", "all", "limits: {workers: 7}");
    expect(await compare(BASE, { ...BASE, "defaults.yaml": defaults })).toMatchObject([
      { kind: "settings", settings: ["limits.workers: 4 → 7"], untrusted: [] },
    ]);
  });

  it("lets a metadata database be written to that the base branch has agreed to, or nobody has chosen", async () => {
    const elsewhere = document("Defaults", "all", "metadataDatabase: billing");
    expect(await isStoreKnown(BASE, { ...BASE, "defaults.yaml": elsewhere })).toEqual([false]);
    const known = { ...BASE, "defaults.yaml": elsewhere };
    const crm = SHOP.replaceAll("shop", "crm");
    expect(await isStoreKnown(known, { ...known, "crm.yaml": crm })).toEqual([true]);
    const { "shop.yaml": _, ...none } = BASE;
    expect(await isStoreKnown(none, BASE)).toEqual([true]);
  });
});

describe("a connection that the base branch does not have as it is", () => {
  const withOld = (text: string): Files => ({ ...BASE, "old.yaml": text });
  const changed = (from: string, to: string): Files => withOld(OLD.replace(from, to));

  it.each<readonly [string, Files]>([
    ["another host", changed("cluster.example.net", "evil.example.net")],
    ["no SRV", withOld(`${OLD}  srv: false\n`)],
    ["another port", withOld(`${OLD}  srv: false\n  port: 27018\n`)],
    ["another provider", changed("provider: atlas", "provider: mongodb")],
    ["another secret for its password", changed("SOURCE_PASSWORD", "DEPLOY_KEY")],
    ["a secret for its user", changed("username: mover", "username: {env: DEPLOY_KEY}")],
    ["another user", changed("username: mover", "username: root")],
    ["another database to log in to", withOld(`${OLD}  authDatabase: shop\n`)],
    ["no TLS", withOld(`${OLD}  tls: {enabled: false}\n`)],
    ["any certificate", withOld(`${OLD}  tls: {allowInvalidCertificates: true}\n`)],
    ["any host name", withOld(`${OLD}  tls: {allowInvalidHostnames: true}\n`)],
    ["another authority", { ...withOld(`${OLD}  tls: {caFile: ca.pem}\n`), "ca.pem": "evil" }],
    [
      "a secret in the place of its parts",
      withOld(document("Connection", "old", "provider: atlas", "uri: {env: DEPLOY_KEY}")),
    ],
    [
      "another name",
      {
        ...withOld(OLD.replace("name: old", "name: other")),
        "shop.yaml": SHOP.replace("connection: old", "connection: other"),
      },
    ],
    [
      "a file that leads elsewhere",
      { ...BASE, "old.yaml": "-> evil.txt", "evil.txt": OLD.replace("cluster.", "evil.") },
    ],
  ])("has %s", async (_, after) => {
    const [change, ...others] = await compare(BASE, after);
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      name: "shop",
      untrusted: [expect.stringMatching(/old|other/u)],
    });
  });

  it("names another secret as its connection string", async () => {
    const after = { ...BASE, "new.yaml": NEW.replace("NEW_URI", "DEPLOY_KEY") };
    expect(await compare(BASE, after)).toMatchObject([{ untrusted: ["new"] }]);
  });

  it("is new, with a secret that another one has", async () => {
    const eve = document("Connection", "eve", ...PARTS).replace("cluster.", "evil.");
    const theft = document(
      "Migration",
      "theft",
      "mode: full",
      "source: {connection: eve}",
      ENDS[1] ?? "",
      OBJECTS,
    );
    expect(await compare(BASE, { ...BASE, "eve.yaml": eve, "theft.yaml": theft })).toMatchObject([
      { name: "theft", untrusted: ["eve"] },
    ]);
  });

  it("lies where the base branch has no specs", async () => {
    const after = { "old.yaml": OLD, "new.yaml": NEW, "shop.yaml": SHOP };
    const moved = Object.fromEntries(
      Object.entries(after).map(([name, text]) => [`specs/${name}`, text]),
    );
    expect(await compare(BASE, { ...BASE, ...moved }, { paths: ["specs"] })).toMatchObject([
      { kind: "added", untrusted: ["old", "new"] },
    ]);
  });

  it("names a file that holds something else, whether or not its own text changes", async () => {
    const trusting = `${OLD}  tls: {caFile: certs/ca.pem}\n`;
    const before = { ...withOld(trusting), "certs/ca.pem": "good", "evil.pem": "evil" };
    const untrusted = [{ kind: "settings", untrusted: ["old"] }];
    expect(await compare(before, { ...before, "certs/ca.pem": "evil" })).toMatchObject(untrusted);
    const { "certs/ca.pem": _, ...without } = before;
    expect(await compare(before, { ...without, "certs/ca.pem": "-> ../evil.pem" })).toMatchObject(
      untrusted,
    );
    expect(await compare(before, without)).toMatchObject(untrusted);
    const moved = trusting.replace("certs/ca.pem", "ca.pem");
    expect(await compare(before, { ...before, "old.yaml": moved, "ca.pem": "good" })).toEqual([]);
  });

  it("names a file outside of the repository, which is the same for both", async () => {
    const outside = join(await write({ "ca.pem": "good" }), "ca.pem");
    const before = withOld(`${OLD}  tls: {caFile: ${outside}}\n`);
    expect(await compare(before, before)).toEqual([]);
  });

  it("was right when the change began, and is not on the base branch any more", async () => {
    const tip = changed("cluster.example.net", "moved.example.net");
    expect(await compare(BASE, BASE, { tip })).toMatchObject([{ untrusted: ["old"] }]);
  });

  it("is none where the ends of a migration change places: both are where they were", async () => {
    const swapped = SHOP.replace("connection: old", "connection: x")
      .replace("connection: new", "connection: old")
      .replace("connection: x", "connection: new");
    expect(await compare(BASE, { ...BASE, "shop.yaml": swapped })).toMatchObject([
      { kind: "changed", untrusted: [] },
    ]);
  });

  it("is none for the way back between connections that are known", async () => {
    const cutover = SHOP.replace(
      "mode: full\n",
      "mode: full-and-incremental\n  desiredState: cutover\n",
    );
    const before = { ...BASE, "shop.yaml": cutover };
    const back = document(
      "Migration",
      "back",
      "mode: full-and-incremental",
      "source: {connection: new}",
      "destination: {connection: old}",
      "reverse: {of: shop}",
    );
    expect(await compare(before, { ...before, "back.yaml": back })).toMatchObject([
      { kind: "added", name: "back", untrusted: [] },
    ]);
  });
});
