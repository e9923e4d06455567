/** Rates of bytes, and rates that a merge changes. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "vitest";
import { EFFECT_MS, expectNear, FULL, useLimitsFixture } from "../../support/limits-fixture.ts";
import { openRemote } from "../../support/open-remote.ts";

const limits = useLimitsFixture();

describe("limits", () => {
  it("are obeyed within seconds when they are merged", async () => {
    await using remote = await openRemote(limits.cli);
    await limits.fill("orders", 100_000, "");
    await limits.cli.writeSpec("shop", [...FULL, "limits: {documentsPerSecond: 500}"]);
    await limits.cli.git("push", "--quiet", "-u", "origin", "main");
    limits.apply();
    await limits.until(async () => (await limits.copied()) > 0);
    await remote.push([...FULL, "limits: {documentsPerSecond: 3000}"]);
    await sleep(EFFECT_MS);
    expectNear(await limits.arrivingPerSecond(10_000), 3_000);
  }, 120_000);

  it("hold a rate of bytes, of documents of any size", async () => {
    await limits.fill("orders", 20_000, "x".repeat(4_000));
    await limits.cli.writeSpec("shop", [...FULL, "limits: {megabytesPerSecond: 1.5}"]);
    limits.apply();
    await limits.until(async () => (await limits.copied()) > 0);
    const { avgObjSize } = await limits.from.db("shop").command({ collStats: "orders" });
    expectNear((await limits.arrivingPerSecond(30_000)) * avgObjSize, 1_500_000);
  }, 120_000);
});
