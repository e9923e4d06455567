import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MinKey, ObjectId } from "mongodb";
import { describe, expect, it } from "vitest";
import { asNumber, nestedFields, valueText } from "../../src/model/exact-document.ts";

describe("asNumber", () => {
  it.each([
    ["Int32", new Int32(5), 5],
    ["Double", new Double(0.5), 0.5],
    ["Long", Long.fromNumber(2 ** 40), 2 ** 40],
    ["Decimal128", Decimal128.fromString("-1.5"), -1.5],
    ["number", 7, 7],
    ["not a number", new Double(Number.NaN), Number.NaN],
  ])("reads %s", (_, value, number) => {
    expect(asNumber(value)).toBe(number);
  });

  it.each([["5"], [null], [undefined], [true], [new ObjectId()], [new Map()], [new Date(5)]])(
    "has none for %s",
    (value) => {
      expect(asNumber(value)).toBeNull();
    },
  );
});

describe("nestedFields", () => {
  it("gives a nested document's fields, and none for anything else", () => {
    const inner = new Map([["a", 1]]);
    const fields = new Map<string, unknown>([
      ["document", inner],
      ["text", "a"],
    ]);
    expect(nestedFields(fields, "document")).toBe(inner);
    expect(nestedFields(fields, "text").size).toBe(0);
    expect(nestedFields(fields, "missing").size).toBe(0);
  });
});

describe("valueText", () => {
  it("is readable", () => {
    const value = new Map<string, unknown>([
      ["2", new Int32(1)],
      ["1", [true, "x", null, new Double(0.5)]],
    ]);
    expect(valueText(value)).toBe('{"2": 1, "1": [true, "x", null, Double(0.5)]}');
  });

  it("differs where type, order or content differ", () => {
    const instant = new Date(0);
    const values = [
      new Int32(1),
      new Double(1),
      Long.fromInt(1),
      Decimal128.fromString("1"),
      Decimal128.fromString("1.0"),
      Decimal128.fromString("-0"),
      Decimal128.fromString("-0.0"),
      new Double(0),
      new Double(-0),
      new Double(Number.NaN),
      new Double(Number.POSITIVE_INFINITY),
      new Double(Number.NEGATIVE_INFINITY),
      "1",
      true,
      null,
      undefined,
      "null",
      "undefined",
      instant,
      instant.toISOString(),
      new Date(1),
      new Binary(Buffer.from("ab"), 0),
      new Binary(Buffer.from("ab"), 5),
      new BSONRegExp("a", "i"),
      new BSONRegExp("a"),
      new MinKey(),
      [],
      [[]],
      ["a", "b"],
      ["b", "a"],
      new Map(),
      new Map([["a", "b"]]),
      new Map([
        ["a", 1],
        ["b", 1],
      ]),
      new Map([
        ["b", 1],
        ["a", 1],
      ]),
    ];
    const texts = values.map(valueText);
    const repeated = texts.filter((text, index) => texts.indexOf(text) !== index);
    expect(repeated).toEqual([]);
  });
});
