/** Single corruptions, at rest and while a busy source is followed: all are found, and none is invented. */
import { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import type { VerificationJson } from "../../../src/report/verification-json.ts";
import { type CliFixture, openCliFixture } from "../../support/cli-fixture.ts";
import { startStreaming } from "../../support/following/reach-streaming.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { fillSource, namesOfFound, plantAll, unlike } from "../../support/verify/planted.ts";
import { PER_SECOND, startWriters } from "../../support/verify/writers.ts";

const CORRUPTIONS = 500;
const NOTHING = { overlooked: [], invented: [] };

let source: BorrowedSet;
let destination: BorrowedSet;
let sourceClient: MongoClient;
let destinationClient: MongoClient;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  await fillSource(sourceClient.db("shop"));
});

afterAll(async () => {
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
});

async function openCli(lines: readonly string[]): Promise<CliFixture> {
  const uris = { SOURCE_URI: source.uri, DESTINATION_URI: destination.uri };
  const cli = await openCliFixture(uris);
  await cli.writeSpec("m", lines);
  return cli;
}

async function verify(
  cli: CliFixture,
  ...args: readonly string[]
): Promise<{ readonly exitCode: unknown; readonly report: VerificationJson }> {
  const run = await cli.start(["verify", "--output", "json", "--limit", "5000", ...args]);
  if (run.stdout === "") throw new Error(String(run.stderr));
  const { verification } = JSON.parse(String(run.stdout)) as { verification: VerificationJson };
  return { exitCode: run.exitCode, report: verification };
}

describe("R19 verify", () => {
  it("finds single corruptions at rest, and nothing else", { timeout: 120_000 }, async () => {
    await using cli = await openCli([
      "mode: full",
      "metadataDatabase: meta_rest",
      "objects: [{database: shop, as: rest}]",
    ]);
    expect((await cli.start(["apply"])).exitCode).toBe(0);
    const before = await verify(cli);
    expect(before.report.results.filter(({ isEqual }) => !isEqual)).toEqual([]);
    expect(before.exitCode).toBe(0);
    const planted = await plantAll(destinationClient.db("rest"), CORRUPTIONS, seededRandom(1));
    const { exitCode, report } = await verify(cli);
    expect(unlike(planted, namesOfFound(report.results))).toEqual(NOTHING);
    expect(report.verdict).toBe("different");
    expect(exitCode).toBe(1);
  });

  it(
    "finds them while a busy source is followed, and nothing else",
    { timeout: 240_000 },
    async () => {
      await using cli = await openCli([
        "mode: full-and-incremental",
        "objects: [{database: shop, as: store}]",
      ]);
      const { run } = await startStreaming({
        start: () => cli.start(["apply"]),
        destinationClient,
      });
      const writers = startWriters(sourceClient.db("shop").collection("orders"));
      try {
        await sleep(1_000);
        const before = await verify(cli);
        expect(before.report).toMatchObject({ verdict: "equal", isFollowing: true });
        expect(before.exitCode).toBe(0);
        const planted = await plantAll(destinationClient.db("store"), CORRUPTIONS, seededRandom(2));
        const { exitCode, report } = await verify(cli);
        expect(unlike(planted, namesOfFound(report.results))).toEqual(NOTHING);
        expect(exitCode).toBe(1);
        process.stdout.write(`${Math.round(writers.rate())} writes/s meanwhile\n`);
        // A busy machine may not come to all that are asked for.
        expect(writers.rate()).toBeGreaterThan(PER_SECOND * 0.9);
      } finally {
        await writers.stop();
        run.kill("SIGTERM");
        await run;
      }
    },
  );
});
