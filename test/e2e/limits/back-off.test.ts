/** A destination that has become slow. */
import { describe, expect, it } from "vitest";
import { expectNear, FULL, useLimitsFixture } from "../../support/limits-fixture.ts";

const limits = useLimitsFixture();

describe("limits", () => {
  it("back off from a destination that has become slow, say why, and come back", async () => {
    await limits.fill("orders", 200_000, "x".repeat(100));
    await limits.cli.writeSpec("shop", [...FULL, "limits: {documentsPerSecond: 2000, workers: 2}"]);
    const run = limits.apply();
    await limits.until(async () => (await limits.copied()) > 5_000);
    expect((await limits.readStatus()).limits.backOff).toBeNull();
    await limits.blockWrites(3_000);
    await limits.until(async () => (await limits.readStatus()).limits.backOff !== null);
    const text = await limits.set();
    expect(text).toMatch(/Load: backs off to \d+ % of its speed: the destination's writes take/u);
    await limits.blockWrites(0);
    await limits.until(async () => (await limits.readStatus()).limits.backOff === null);
    expectNear(await limits.arrivingPerSecond(10_000), 2_000);
    run.kill("SIGTERM");
    const { stderr } = await run;
    expect(String(stderr)).toContain("At full speed again");
  }, 120_000);
});
