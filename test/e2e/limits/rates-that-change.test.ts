/** A rate of documents that is changed while the copy runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { EFFECT_MS, expectNear, FULL, useLimitsFixture } from "../../support/limits-fixture.ts";

const limits = useLimitsFixture();

describe("limits", () => {
  it("hold a rate of documents, also one that is changed in the middle, in the spec or beside it", async () => {
    await limits.fill("orders", 200_000, "");
    await limits.cli.writeSpec("shop", [
      ...FULL,
      "limits: {documentsPerSecond: 1000, adaptive: false}",
    ]);
    const run = limits.apply();
    await limits.until(async () => (await limits.copied()) > 0);
    expectNear(await limits.arrivingPerSecond(30_000), 1_000);

    const text = await limits.set("--set", "limits.documentsPerSecond=300");
    expect(text).toContain("set with status --set: documentsPerSecond");
    await sleep(EFFECT_MS);
    expectNear(await limits.arrivingPerSecond(10_000), 300);

    await limits.set("--unset", "limits.documentsPerSecond");
    await sleep(EFFECT_MS);
    expectNear(await limits.arrivingPerSecond(5_000), 1_000);

    await limits.cli.editSpec("shop", [...FULL, "limits: {documentsPerSecond: 2500}"]);
    await sleep(EFFECT_MS);
    expectNear(await limits.arrivingPerSecond(10_000), 2_500);
    expect((await limits.readStatus()).limits).toMatchObject({
      documentsPerSecond: 2_500,
      set: [],
    });

    await limits.set("--set", "limits.documentsPerSecond=unlimited");
    const { exitCode, stderr } = await run;
    expect(exitCode, String(stderr)).toBe(0);
    expect(await limits.copied()).toBe(200_000);
  }, 180_000);
});
