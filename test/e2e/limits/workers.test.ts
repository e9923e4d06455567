/** How many work, where from, and when. */
import { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { EFFECT_MS, FULL, useLimitsFixture } from "../../support/limits-fixture.ts";

const limits = useLimitsFixture();

/** Documents that a member has given to the program, by its profiler. */
async function readFrom(member: MongoClient): Promise<number> {
  const [sum] = await member
    .db("shop")
    .collection("system.profile")
    .aggregate<{ count: number }>([
      { $match: { ns: "shop.orders", op: { $in: ["query", "getmore"] }, appName: "mongoferry" } },
      { $group: { _id: null, count: { $sum: "$nreturned" } } },
    ])
    .toArray();
  return sum?.count ?? 0;
}

/** Time of the day, in UTC. */
function timeIn(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
}

describe("limits", () => {
  it("let more and fewer workers work, without a restart", async () => {
    const names = ["a", "b", "c", "d"];
    for (const name of names) await limits.fill(name, 30_000, "");
    await limits.cli.writeSpec("shop", [...FULL, "limits: {workers: 1, documentsPerSecond: 500}"]);
    const run = limits.apply();
    const growing = async (): Promise<number> => {
      const rates = await Promise.all(
        names.map(async (name) => limits.arrivingPerSecond(3_000, name)),
      );
      return rates.filter((rate) => rate > 0).length;
    };
    await limits.until(async () => (await limits.copied("a")) > 0);
    expect(await growing()).toBe(1);
    await limits.set("--set", "limits.workers=4");
    await sleep(EFFECT_MS);
    expect(await growing()).toBe(4);
    await limits.set("--set", "limits.workers=2");
    await sleep(EFFECT_MS);
    expect(await growing()).toBe(2);
    await limits.set("--unset", "limits", "--set", "limits.workers=3");
    await sleep(EFFECT_MS);
    expect(await growing()).toBe(3);
    await limits.set("--set", "limits.documentsPerSecond=unlimited");
    const { exitCode, stderr } = await run;
    expect(exitCode, String(stderr)).toBe(0);
    for (const name of names) expect(await limits.copied(name)).toBe(30_000);
  }, 120_000);

  it("wait while nothing may be copied at this time of the day", async () => {
    await limits.fill("orders", 1_000, "");
    const window = `{from: "${timeIn(-2)}", to: "${timeIn(2)}", timeZone: UTC, copy: false}`;
    await limits.cli.writeSpec("shop", [...FULL, `limits: {windows: [${window}]}`]);
    const run = limits.apply();
    await limits.until(async () => (await limits.readStatus()).phase === "Copying");
    const text = await limits.set();
    expect(text).toMatch(/Limits: waits, since nothing may be copied at this time, no rate/u);
    await sleep(EFFECT_MS);
    expect(await limits.copied()).toBe(0);
    await limits.cli.editSpec("shop", [
      ...FULL,
      `limits: {windows: [${window.replace("copy: false", "workers: 2")}]}`,
    ]);
    const { exitCode, stderr } = await run;
    expect(exitCode, String(stderr)).toBe(0);
    expect(await limits.copied()).toBe(1_000);
  }, 120_000);

  it("have documents read from one secondary, in the copy and in the comparison", async () => {
    await using three = await startReplicaSet({ name: "three", members: 3 });
    const members = await Promise.all(
      three.hosts.map(async (host) =>
        MongoClient.connect(`mongodb://${host}/?directConnection=true`),
      ),
    );
    try {
      const client = await MongoClient.connect(three.uri);
      const documents = Array.from({ length: 20_000 }, (_, i) => ({ n: i }));
      await client
        .db("shop")
        .collection("orders")
        .insertMany(documents, {
          writeConcern: { w: 3 },
        });
      await client.close();
      for (const member of members) await member.db("shop").command({ profile: 2 });
      await limits.cli.writeSpec("shop", [...FULL.slice(0, 2), "limits: {readFrom: secondary}"]);
      const { exitCode, stderr } = await limits.cli.start(["apply"], { SOURCE_URI: three.uri });
      expect(exitCode, String(stderr)).toBe(0);
      const reads = await Promise.all(members.map(readFrom));
      const [host] = /secondary (\S+)/u.exec(String(stderr))?.slice(1) ?? [];
      const expected = three.hosts.map((each) => (each === host ? 40_000 : 0));
      expect(reads).toEqual(expected);
      expect(host).not.toBe(await three.primaryHost());
    } finally {
      await Promise.all(members.map(async (member) => member.close()));
    }
  }, 120_000);

  it("refuse what no spec could say", async () => {
    await limits.cli.writeSpec("shop", FULL);
    const { exitCode, stderr } = await limits.cli.start(["status", "--set", "limits.workers=0"]);
    expect([exitCode, String(stderr)]).toEqual([
      1,
      'mongoferry: "limits.workers=0": 0 is too small. Give at least 1\n'.trimEnd(),
    ]);
  });
});
