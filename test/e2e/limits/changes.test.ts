/** Limits of incremental migrations and of comparisons. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  BOTH,
  EFFECT_MS,
  expectNear,
  FULL,
  useLimitsFixture,
} from "../../support/limits-fixture.ts";

const limits = useLimitsFixture();

describe("limits", () => {
  it("hold for changes that are followed", async () => {
    await limits.fill("orders", 1_000, "");
    await limits.cli.writeSpec("shop", [...BOTH, "limits: {documentsPerSecond: 400}"]);
    limits.apply();
    await limits.until(async () => (await limits.readStatus()).phase === "Streaming");
    await limits.fill("later", 50_000, "");
    await limits.until(async () => (await limits.copied("later")) > 0);
    expectNear(await limits.arrivingPerSecond(15_000, "later"), 400);
    await limits.set("--set", "limits.documentsPerSecond=900");
    await sleep(EFFECT_MS);
    expectNear(await limits.arrivingPerSecond(10_000, "later"), 900);
    await limits.set("--set", "limits.documentsPerSecond=unlimited");
    await limits.until(async () => (await limits.copied("later")) === 50_000);
  }, 120_000);

  it("hold for a comparison that is asked for", async () => {
    await limits.fill("orders", 10_000, "");
    await limits.cli.writeSpec("shop", FULL);
    const applied = await limits.cli.start(["apply"]);
    expect(applied.exitCode, applied.stderr).toBe(0);
    await limits.cli.editSpec("shop", [...FULL, "limits: {documentsPerSecond: 2000}"]);
    const verified = await limits.cli.start(["verify", "--mode", "full", "--output", "json"]);
    expect(verified.exitCode, verified.stderr).toBe(0);
    const { verification } = JSON.parse(verified.stdout) as {
      readonly verification: { readonly durationMs: number };
    };
    // The last reply, and what half a second lets through at once, are not waited for.
    expect(verification.durationMs).toBeGreaterThan(4_000);
    expect(verified.stderr).toContain("Limits: 2,000 docs/s");
  }, 60_000);
});
