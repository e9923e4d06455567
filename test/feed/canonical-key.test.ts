import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalKey } from "../../src/feed/canonical-key.ts";
import { doc, field } from "../support/raw-values.ts";

const { Decimal128, Double, Int32, Long } = BSON;

function keyOf(value: unknown): Uint8Array {
  return BSON.serialize(new Map([["_id", value]]) as never, { ignoreUndefined: false });
}

function textOf(value: unknown, isCollated = false): string {
  return canonicalKey(keyOf(value), isCollated);
}

function everything(n: number): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ["regex", new BSON.BSONRegExp("a", "i")],
    ["scoped", new BSON.Code("x", { a: 1 })],
    ["binary", new BSON.Binary(Buffer.from("1"), 0)],
    ["symbol", new BSON.BSONSymbol("s")],
    ["n", new Int32(n)],
  ]);
}

describe("canonicalKey", () => {
  it("is one for a number of every type", () => {
    fc.assert(
      fc.property(fc.integer(), (n) => {
        const forms = [
          new Int32(n),
          new Double(n),
          Long.fromNumber(n),
          Decimal128.fromString(String(n)),
          Decimal128.fromString(`${n}.00`),
          Decimal128.fromString(`${n}0E-1`),
        ];
        expect(new Set(forms.map((form) => textOf(form))).size).toBe(1);
        const nested = forms.map((form) => textOf(new Map([["a", [form]]])));
        expect(new Set(nested).size).toBe(1);
      }),
    );
  });

  it("is one for equal fractions, for both zeros, and for NaN and infinity of every type", () => {
    const pairs = [
      [new Double(0.5), Decimal128.fromString("0.50")],
      [new Double(-0.125), Decimal128.fromString("-125E-3")],
      [new Double(-0), new Int32(0)],
      [new Double(-0), Decimal128.fromString("-0E+3")],
      [new Double(Number.NaN), Decimal128.fromString("NaN")],
      [new Double(Number.NEGATIVE_INFINITY), Decimal128.fromString("-Infinity")],
      [new Double(1e300), Decimal128.fromString("1E300")],
      [Long.MAX_VALUE, Decimal128.fromString("9223372036854775807")],
    ];
    for (const [a, b] of pairs) expect(textOf(a)).toBe(textOf(b));
  });

  it("differs for what no server takes for one key", () => {
    const values = [
      null,
      true,
      false,
      new Int32(1),
      "1",
      "",
      "a",
      "A",
      "\u0000",
      new BSON.ObjectId("0123456789abcdef01234567"),
      new BSON.ObjectId("0123456789abcdef01234568"),
      new Date(1),
      BSON.Timestamp.fromBits(1, 0),
      new BSON.Binary(Buffer.from("1"), 0),
      new BSON.Binary(Buffer.from("1"), 4),
      new BSON.MinKey(),
      new BSON.MaxKey(),
      new BSON.Code("x"),
      new Map([["a", 1]]),
      new Map([["b", 1]]),
      new Map([["a", 2]]),
      new Map([
        ["a", 1],
        ["b", 1],
      ]),
      new Map([
        ["b", 1],
        ["a", 1],
      ]),
      new Map([["a", new Map([["b", 1]])]]),
      new Map([["a", ["b", 1]]]),
      new Map(),
    ];
    expect(new Set(values.map((value) => textOf(value))).size).toBe(values.length);
  });

  it("reads past values of every type inside of a document", () => {
    expect(textOf(everything(1))).not.toBe(textOf(everything(2)));
    expect(textOf(everything(1))).toBe(textOf(everything(1)));
  });

  it("is one for all strings of a collection with a collation", () => {
    expect(textOf("a", true)).toBe(textOf("É", true));
    expect(textOf(new Map([["x", "a"]]), true)).toBe(textOf(new Map([["x", "b"]]), true));
    expect(textOf(new Map([["x", "a"]]), true)).not.toBe(textOf(new Map([["y", "a"]]), true));
  });

  it("takes a significand beyond 34 digits for zero, as servers do", () => {
    const bytes = Buffer.alloc(16, 0xff);
    bytes[15] = 0x6c;
    expect(canonicalKey(doc(field(0x13, "_id", bytes)), false)).toBe(textOf(new Int32(0)));
  });
});
