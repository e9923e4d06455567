/** The built program with and without a package that the driver loads only if a connection asks for it. */
import { MongoClient } from "mongodb";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { type CliFixture, openCliFixture } from "../support/cli-fixture.ts";

const SNAPPY = dirname(fileURLToPath(import.meta.resolve("snappy")));

let source: ReplicaSet;
let destination: ReplicaSet;
let sourceClient: MongoClient;
let destinationClient: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startReplicaSet({ name: "source" }),
    startReplicaSet({ name: "destination" }),
  ]);
  // Without compression, so that what servers count is the program's.
  [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  await sourceClient
    .db("shop")
    .collection("orders")
    .insertMany(Array.from({ length: 200 }, (_, n) => ({ n })));
});

afterAll(async () => {
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
  await Promise.all([source?.stop(), destination?.stop()]);
});

beforeEach(async () => {
  cli = await openCliFixture({
    SOURCE_URI: `${source.uri}&compressors=snappy`,
    DESTINATION_URI: destination.uri,
  });
  await Promise.all([
    cli.writeSpec("shop", ["mode: full", "objects: [{database: shop}]"]),
    destinationClient.db("shop").dropDatabase(),
    destinationClient.db("mongoferry").dropDatabase(),
  ]);
});

afterEach(async () => {
  await cli[Symbol.asyncDispose]();
});

/** Makes the package available in a folder below the working folder, as npm would. */
async function installSnappy(folder: string): Promise<void> {
  const modules = join(cli.directory, folder, "node_modules");
  await mkdir(modules, { recursive: true });
  await symlink(SNAPPY, join(modules, "snappy"));
}

interface Bytes {
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

/** What a server has compressed and decompressed since it was started. */
async function countCompressed(
  client: MongoClient,
  compressor: "snappy" | "zlib",
): Promise<{ readonly sent: number; readonly received: number }> {
  const { network } = await client.db("admin").command({ serverStatus: 1 });
  const counts = network.compression[compressor] as Record<"compressor" | "decompressor", Bytes>;
  return {
    sent: Number(counts.compressor.bytesIn),
    received: Number(counts.decompressor.bytesOut),
  };
}

describe("a connection that asks for snappy", () => {
  it("is refused without the package, with the command that installs it", async () => {
    const { exitCode, stdout, stderr } = await cli.start(["plan"]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(
      `mongoferry: migrations/shop.yaml:1:1: connection source asks for compressors=snappy, which needs the npm package snappy; it is not installed in ${await realpath(cli.directory)}, or cannot be loaded there. Run npm install --no-save snappy there `,
    );
  });

  it("gets zlib without the package where it asks for that, too", async () => {
    const [snappy, zlib] = await Promise.all([
      countCompressed(sourceClient, "snappy"),
      countCompressed(sourceClient, "zlib"),
    ]);
    const { exitCode, stderr } = await cli.start(["plan"], {
      SOURCE_URI: `${source.uri}&compressors=snappy,zlib`,
    });
    expect(exitCode, stderr).toBe(0);
    expect(await countCompressed(sourceClient, "snappy")).toEqual(snappy);
    const after = await countCompressed(sourceClient, "zlib");
    expect(after.received).toBeGreaterThan(zlib.received);
    expect(after.sent).toBeGreaterThan(zlib.sent);
  });

  it.each([
    ["the working folder", "", {}],
    ["MONGOFERRY_PACKAGES, as a path from there", "packages", { MONGOFERRY_PACKAGES: "packages" }],
  ])("uses the package of %s", async (_, folder, env) => {
    await installSnappy(folder);
    const before = await countCompressed(sourceClient, "snappy");
    const applied = await cli.start(["apply"], env);
    expect(applied.exitCode, applied.stderr).toBe(0);
    const after = await countCompressed(sourceClient, "snappy");
    expect(after.received).toBeGreaterThan(before.received);
    // All documents have come through it.
    expect(after.sent - before.sent).toBeGreaterThan(200 * 30);
    expect(await destinationClient.db("shop").collection("orders").countDocuments()).toBe(200);
  });

  it("uses the package of a folder with an absolute path", async () => {
    await installSnappy("elsewhere");
    const before = await countCompressed(sourceClient, "snappy");
    const env = { MONGOFERRY_PACKAGES: join(cli.directory, "elsewhere") };
    const planned = await cli.start(["plan"], env);
    expect(planned.exitCode, planned.stderr).toBe(0);
    const after = await countCompressed(sourceClient, "snappy");
    expect(after.sent).toBeGreaterThan(before.sent);
  });

  it("looks into MONGOFERRY_PACKAGES alone, where that is set", async () => {
    await installSnappy("");
    // Beside the working folder, as Node looks into the folders above as well.
    const other = dirname(cli.directory);
    const { exitCode, stderr } = await cli.start(["plan"], { MONGOFERRY_PACKAGES: other });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`it is not installed in ${other}, or cannot be loaded there.`);
  });
});
