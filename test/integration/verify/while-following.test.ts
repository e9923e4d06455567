/** Comparing while changes are followed: what moves, what comes and goes, and continuous comparison. */
import type { Db } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { VerificationJson } from "../../../src/report/verification-json.ts";
import { type CliRun, hasPrinted } from "../../support/cli-fixture.ts";
import type { ReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { startOwnSet } from "../../support/borrow-set.ts";
import { extent } from "../../support/extent.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import { startStreaming } from "../../support/following/reach-streaming.ts";

let source: ReplicaSet;
let fixture: FollowFixture;
let shop: Db;
let store: Db;
let run: CliRun | null = null;

beforeAll(async () => {
  // Noted once a second instead of every ten: what is looked at again is decided sooner.
  source = await startOwnSet("source", { args: ["--setParameter=periodicNoopIntervalSecs=1"] });
  fixture = await openFollowFixture({
    source,
    spec: ["verification: {mode: full, when: continuous, pauseMinutes: 0}"],
  });
  shop = fixture.sourceClient.db("shop");
  store = fixture.destinationClient.db("store");
});

beforeEach(async () => {
  const { sourceClient, destinationClient } = fixture;
  for (const name of ["shop", "crm"]) await sourceClient.db(name).dropDatabase();
  for (const name of ["store", "crm", "mongoferry"]) {
    await destinationClient.db(name).dropDatabase();
  }
  await sourceClient.db("crm").collection("users").insertOne({ a: 1 });
  const orders = Array.from({ length: 3_000 }, (_, n) => ({ _id: n as never, n }));
  await shop.collection("orders").insertMany(orders);
});

afterEach(async () => {
  run?.kill("SIGTERM");
  await run;
  run = null;
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await source?.stop();
});

async function start(): Promise<{ readonly started: CliRun }> {
  const { run: begun } = await startStreaming(fixture);
  run = begun;
  return { started: begun };
}

async function verify(): Promise<VerificationJson> {
  const done = await fixture.cli.start(["verify", "--output", "json", "--restart"]);
  if (done.stdout === "") throw new Error(String(done.stderr));
  return (JSON.parse(String(done.stdout)) as { verification: VerificationJson }).verification;
}

function unequal({ results }: VerificationJson): readonly unknown[] {
  return results.filter(({ isEqual }) => !isEqual);
}

describe("R19 verify while changes are followed", { timeout: 360_000 }, () => {
  it("passes over what a capped collection has forgotten, and finds what is missing in it", async () => {
    await shop.createCollection("ring", { capped: true, size: 100_000, max: 500 });
    const ring = shop.collection("ring");
    const append = async (from: number): Promise<void> => {
      await ring.insertMany(Array.from({ length: 400 }, (_, n) => ({ _id: (from - n) as never })));
    };
    await append(10_000);
    await start();
    // The destination keeps more of it than the source.
    await append(20_000);
    expect(unequal(await verify())).toEqual([]);
    await store.collection("ring").deleteOne({ _id: 19_900 as never });
    expect(unequal(await verify())).toMatchObject([{ target: "store.ring", missingDocuments: 1 }]);
  });

  it("says nothing of collections that are dropped, made anew and renamed meanwhile", async () => {
    await start();
    const over = new AbortController();
    const changing = (async () => {
      for (let n = 0; !over.signal.aborted; n++) {
        const name = `passing${n % 5}`;
        await shop.collection(name).insertMany(Array.from({ length: 300 }, (_, i) => ({ i, n })));
        await shop.collection(name).createIndex({ i: 1 }, { unique: n % 2 === 0 && n < 0 });
        // Few names: a machine on which much else runs would never come to the end of ever more collections.
        if (n % 3 === 0) {
          await shop.collection(name).rename(`renamed${n % 10}`, { dropTarget: true });
        }
        if (n % 4 === 0)
          await shop
            .collection(name)
            .drop()
            .catch(() => {});
        await sleep(extent(300, 40));
      }
    })();
    try {
      for (let left = extent(2, 3); left > 0; left--) {
        const report = await verify();
        // What is made anew all the time may be told as such, but nothing of what it holds is invented.
        expect(report.totals).toMatchObject({
          missingDocuments: 0,
          extraDocuments: 0,
          differingDocuments: 0,
        });
      }
    } finally {
      over.abort();
      await changing;
    }
    expect(unequal(await verify())).toEqual([]);
  });

  it("decides nothing of a document that changes all the time, unless it is seen to be equal", async () => {
    await start();
    const over = new AbortController();
    const beating = (async () => {
      while (!over.signal.aborted) {
        await shop.collection("orders").updateOne({ _id: 7 as never }, { $inc: { beats: 1 } });
      }
    })();
    try {
      await store.collection("orders").deleteOne({ _id: 8 as never });
      const { totals } = await verify();
      expect(totals).toMatchObject({ missingDocuments: 1, differingDocuments: 0 });
      expect(totals.undecidedDocuments).toBeLessThanOrEqual(1);
    } finally {
      over.abort();
      await beating;
    }
  });

  it("compares continuously beside it, and says what it has found", async () => {
    const { started } = await start();
    await hasPrinted(started, "Verified is true: 2 objects compared (full");
    await store.collection("orders").updateOne({ _id: 9 as never }, { $set: { n: 9.5 } });
    await hasPrinted(started, "Verified is false: 1 of 2 objects differ: store.orders");
    const status = await fixture.cli.start(["status"]);
    expect(status.stdout).toContain("Verified is false");
    await shop.collection("orders").updateOne({ _id: 9 as never }, { $set: { back: true } });
    await hasPrinted(started, "Verified is true: 2 objects compared (full");
  });

  it("decides nothing that nobody applies any more", async () => {
    const { started } = await start();
    started.kill("SIGSTOP");
    await shop.collection("orders").insertOne({ _id: 9_999 as never });
    try {
      const done = await fixture.cli.start(["verify", "--output", "json", "--restart"]);
      const { verification } = JSON.parse(String(done.stdout)) as {
        verification: VerificationJson;
      };
      expect(verification).toMatchObject({
        verdict: "undecided",
        totals: { undecidedDocuments: 1, missingDocuments: 0 },
      });
      expect(done.exitCode).toBe(1);
      expect(String(done.stderr)).toContain("is `mongoferry apply` at work?");
    } finally {
      started.kill("SIGCONT");
    }
  });
});
