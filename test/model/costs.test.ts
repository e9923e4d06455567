import { describe, expect, it } from "vitest";
import { estimateCost } from "../../src/model/costs.ts";

const RATES = { egressPerGigabyte: 0.09, perHour: 0.5, currency: "USD" };
const NONE = { egressPerGigabyte: null, perHour: null, currency: "USD" };
const SIZE = { dataBytes: 41_000_000_000 };

describe("estimateCost", () => {
  it("takes what leaves the source by the gigabyte, and hours only where changes are followed", () => {
    const cost = { egress: 3.69, perHour: 0.5, currency: "USD" };
    expect(estimateCost({ costs: RATES, mode: "full-and-incremental" }, SIZE)).toEqual(cost);
    expect(estimateCost({ costs: RATES, mode: "full" }, SIZE)).toEqual({ ...cost, perHour: null });
  });

  it("is nothing where the spec names no rate that counts", () => {
    expect(estimateCost({ costs: NONE, mode: "full-and-incremental" }, SIZE)).toBeNull();
    expect(estimateCost({ costs: { ...NONE, perHour: 1 }, mode: "full" }, SIZE)).toBeNull();
  });
});
