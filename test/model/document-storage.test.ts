import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketsOf,
  isBuckets,
  isCapped,
  isUndivided,
  storageOf,
} from "../../src/model/document-storage.ts";
import { exact, namespace } from "../report/sample-plan.ts";

const PLAIN = exact(["validationLevel", "off"]);
const CAPPED = exact(["capped", true], ["size", 4096]);
const TIME_SERIES = exact(["timeseries", new Map([["timeField", "at"]])]);
const CLUSTERED = exact(["clusteredIndex", new Map([["unique", true]])]);

describe("storageOf", () => {
  it("is the collection itself, but for time series their buckets", () => {
    const weather = namespace("shop.weather");
    for (const options of [exact(), PLAIN, CAPPED, CLUSTERED]) {
      expect(storageOf(weather, options)).toBe(weather);
    }
    expect(storageOf(weather, TIME_SERIES)).toEqual(namespace("shop.system.buckets.weather"));
  });
});

describe("isBuckets", () => {
  it("knows the buckets of collections of any name", () => {
    fc.assert(
      fc.property(fc.string(), (coll) => {
        expect(isBuckets(bucketsOf({ db: "shop", coll }))).toBe(true);
      }),
    );
  });

  it.each(["buckets", "system.bucketsweather", "my.system.buckets.weather", "system.views"])(
    "does not take %s for some",
    (coll) => {
      expect(isBuckets({ db: "system.buckets.shop", coll })).toBe(false);
    },
  );
});

describe("isCapped and isUndivided", () => {
  it.each([
    ["a plain", PLAIN, false, false],
    ["a capped", CAPPED, true, true],
    ["an expressly uncapped", exact(["capped", false]), false, false],
    ["a time-series", TIME_SERIES, false, true],
    ["a clustered", CLUSTERED, false, false],
  ])("tell of %s collection", (_, options, capped, undivided) => {
    expect([isCapped(options), isUndivided(options)]).toEqual([capped, undivided]);
  });
});
