import { describe, expect, it } from "vitest";
import type { CutoverForecast } from "../../src/model/cutover-forecast.ts";
import { renderForecastText } from "../../src/report/render-forecast-text.ts";

const FORECAST: CutoverForecast = {
  migration: "shop",
  objections: [],
  steps: [
    { step: "quiet", durationMs: 120_000, details: [] },
    { step: "expire", durationMs: 0, details: ["store.a: \u001b[31mttl"] },
  ],
  durationMs: 150_000,
  impossible: [],
};

describe("the forecast of a cutover", () => {
  it("says that it could begin, each step, and until when it can be taken back", () => {
    const text = renderForecastText(FORECAST, { useColor: false, columns: 80 });
    expect(text).toContain("shop: a cutover could begin now");
    expect(text).toMatch(/^1\. .+: .*2 min/mu);
    expect(text).toMatch(/^2\. .+: at once\n {5}store\.a/mu);
    expect(text).toContain("Before step 2 it can be taken back.");
    expect(text).not.toContain("\u001b");
  });

  it("says why it would not begin, what could not be restored, and does not list without end", () => {
    const details = Array.from({ length: 25 }, (_, number) => `store.c${number}`);
    const text = renderForecastText(
      {
        ...FORECAST,
        objections: ["it is delayed by 20 s"],
        steps: [{ step: "finalize", durationMs: 1_000, details }],
        impossible: ["store.capped stays larger"],
      },
      { useColor: false, columns: 80 },
    );
    expect(text).toContain("a cutover would not begin now\n  it is delayed by 20 s");
    expect(text).toContain("store.c19\n     … and 5 more");
    expect(text).toContain("Not as at the source afterwards:\n  store.capped stays larger");
  });
});
