import { expect, test } from "vitest";
import { RateMeter } from "../../src/feed/rate-meter.ts";

test("counts what came in the last five seconds", () => {
  const meter = new RateMeter();
  expect(meter.perSecond(0)).toBe(0);
  for (let ms = 0; ms <= 10_000; ms += 50) meter.add(10, ms);
  expect(meter.total).toBe(2_010);
  expect(meter.perSecond(10_000)).toBeCloseTo(200, -1);
  expect(meter.perSecond(20_000)).toBeLessThan(10);
});
