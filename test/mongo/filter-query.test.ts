import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filterQuery } from "../../src/mongo/filter-query.ts";
import { toExactDocument } from "../../src/mongo/exact-bson.ts";
import { encodeFields } from "./bson-values.ts";

function json(filter: string): string {
  return toExactDocument(filterQuery(filter)).json;
}

describe("filterQuery", () => {
  it("matches all where there is no filter", () => {
    expect(filterQuery(null).size).toBe(0);
  });

  it("keeps the order of fields, also of integer-like names, and the types of numbers", () => {
    const filter =
      '{"b":{"10":{"$numberLong":"1"},"2":{"$numberDouble":"1.0"}},"a":[{"$numberInt":"1"}]}';
    expect(json(filter)).toBe(filter);
  });

  it.each([
    ["1", { $numberInt: "1" }],
    ["-2147483648", { $numberInt: "-2147483648" }],
    ["2147483648", { $numberLong: "2147483648" }],
    ["1.0", { $numberDouble: "1.0" }],
    ["1e3", { $numberDouble: "1000.0" }],
    ["-0", { $numberDouble: "-0.0" }],
  ])("reads the relaxed number %s", (text, expected) => {
    expect(json(`{"a":${text}}`)).toBe(JSON.stringify({ a: expected }));
  });

  it.each([
    '{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b"}',
    '{"$binary":{"base64":"AAEC","subType":"80"}}',
    '{"$timestamp":{"t":1,"i":4294967295}}',
    '{"$regularExpression":{"pattern":"^a","options":"i"}}',
    '{"$date":{"$numberLong":"-1"}}',
    '{"$numberDecimal":"1.50"}',
    '{"$minKey":1}',
    '{"$maxKey":1}',
    '{"$symbol":"s"}',
    '{"$code":"f()"}',
  ])("keeps the value %s", (value) => {
    expect(json(`{"a":${value}}`)).toBe(`{"a":${value}}`);
  });

  it("leaves operators alone that look like values of older formats", () => {
    expect(json('{"a":{"$regex":"x","$options":"i"},"b":{"$type":"int"}}')).toBe(
      '{"a":{"$regex":"x","$options":"i"},"b":{"$type":"int"}}',
    );
  });

  it("reads canonical extended JSON as the driver does", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.string().map((name) => `f${name}`),
            fc.oneof(fc.double(), fc.integer(), fc.string()),
          ),
        ),
        (entries) => {
          const given = Object.fromEntries(entries);
          const text = BSON.EJSON.stringify(given, { relaxed: false });
          const expected = BSON.serialize(BSON.EJSON.parse(text, { relaxed: false }));
          expect(Buffer.from(encodeFields(filterQuery(text)))).toEqual(Buffer.from(expected));
        },
      ),
    );
  });
});
