import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import {
  canSendKey,
  decodeFields,
  decodeKey,
  describeKey,
  toExactDocument,
} from "../../src/mongo/exact-bson.ts";
import { codeWithScope, doc, field, int32, text as rawText } from "../support/raw-values.ts";
import { encodeFields, fields, value } from "./bson-values.ts";

function json(entries: readonly (readonly [string, unknown])[]): string {
  return toExactDocument(new Map(entries)).json;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function keyWithDate(ms: bigint): Uint8Array {
  const key = Buffer.from(encodeFields(new Map([["_id", new Date(0)]])));
  key.writeBigInt64LE(ms, key.length - 9);
  return key;
}

describe("decodeKey", () => {
  it("gives what is sent as it was, or refuses", () => {
    fc.assert(
      fc.property(value, (_id) => {
        const key = encodeFields(new Map([["_id", _id]]));
        expect(hex(encodeFields(decodeKey(key)))).toBe(hex(key));
      }),
    );
    const pointer = Buffer.concat([rawText("shop.carts"), Buffer.alloc(12, 7)]);
    const scope = doc(field(16, "2", int32(1)), field(16, "1", int32(1)));
    expect(() => decodeKey(doc(field(12, "_id", pointer)))).toThrow(OperationError);
    expect(canSendKey(doc(field(12, "_id", pointer)))).toBe(false);
    expect(canSendKey(doc(field(3, "_id", doc(field(6, "u", Buffer.alloc(0))))))).toBe(false);
    expect(canSendKey(doc(field(16, "_id", int32(1))))).toBe(true);
    expect(() => decodeKey(doc(field(15, "_id", codeWithScope("f", scope))))).toThrow(
      OperationError,
    );
  });

  it("takes a NaN of any bits for the one key it is", () => {
    const key = doc(field(1, "_id", Buffer.from("efbeadde0000f87f", "hex")));
    expect(Number(decodeKey(key).get("_id"))).toBeNaN();
  });
});

describe("decodeFields", () => {
  it("loses nothing: what is encoded again is the same to the byte", () => {
    fc.assert(
      fc.property(fields, (given) => {
        const raw = encodeFields(given);
        expect(hex(encodeFields(decodeFields(raw)))).toBe(hex(raw));
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps the order of names that look like integers, also inside", () => {
    const inner = new Map([
      ["10", "a"],
      ["2", "b"],
    ]);
    const raw = encodeFields(
      new Map<string, unknown>([
        ["9", [inner]],
        ["1", inner],
        ["0", null],
      ]),
    );
    const found = decodeFields(raw);
    expect([...found.keys()]).toEqual(["9", "1", "0"]);
    expect([...(found.get("1") as Map<string, unknown>).keys()]).toEqual(["10", "2"]);
    expect(found.get("9")).toEqual([inner]);
  });

  it("keeps the kinds of numbers apart", () => {
    const numbers = [
      new BSON.Int32(1),
      new BSON.Double(1),
      BSON.Long.fromInt(1),
      BSON.Decimal128.fromString("1"),
      BSON.Decimal128.fromString("1.0"),
    ];
    const raw = encodeFields(new Map([["n", numbers]]));
    const found = decodeFields(raw).get("n") as readonly { readonly _bsontype: string }[];
    expect(found.map((number) => number._bsontype)).toEqual([
      "Int32",
      "Double",
      "Long",
      "Decimal128",
      "Decimal128",
    ]);
    expect(found.map(String)).toEqual(["1", "1", "1", "1", "1.0"]);
  });

  it("does not fill in for what a name seems to be", () => {
    const names = ["__proto__", "$oid", "toBSON", "_bsontype"];
    const raw = encodeFields(new Map(names.map((name) => [name, "x"])));
    expect([...decodeFields(raw)]).toEqual(names.map((name) => [name, "x"]));
  });
});

describe("decodeFields, dates", () => {
  it("reads every date that JavaScript has", () => {
    const latest = 8_640_000_000_000_000n;
    for (const ms of [latest, -latest, 0n]) {
      const key = keyWithDate(ms);
      expect(hex(encodeFields(decodeFields(key)))).toBe(hex(key));
    }
  });

  it("refuses others instead of naming another document's key", () => {
    expect(() => decodeFields(keyWithDate(8_640_000_000_000_001n))).toThrow(
      "decode a date failed on a key or an option with 8640000000000001 ms since 1970",
    );
    expect(() => decodeFields(keyWithDate(-(2n ** 63n)))).toThrow(OperationError);
  });
});

describe("toExactDocument", () => {
  it("has equal text for equal documents only", () => {
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        const isEqual = hex(encodeFields(a)) === hex(encodeFields(b));
        expect(toExactDocument(a).json === toExactDocument(b).json).toBe(isEqual);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        const isEqual =
          hex(encodeFields(new Map([["v", a]]))) === hex(encodeFields(new Map([["v", b]])));
        expect(json([["v", a]]) === json([["v", b]])).toBe(isEqual);
      }),
      { numRuns: 500 },
    );
  });

  it("survives being stored and read again", () => {
    fc.assert(
      fc.property(fields, (given) => {
        const before = toExactDocument(given).json;
        expect(toExactDocument(decodeFields(encodeFields(given))).json).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it("is canonical extended JSON in the order of the fields", () => {
    expect(
      json([
        ["2", new BSON.Int32(1)],
        ["1", [new BSON.Double(1), BSON.Long.fromInt(1)]],
        ["a", new Map([["$x", "é"]])],
      ]),
    ).toBe(
      '{"2":{"$numberInt":"1"},"1":[{"$numberDouble":"1.0"},{"$numberLong":"1"}],"a":{"$x":"é"}}',
    );
  });

  it.each([
    [
      "order",
      [
        ["a", null],
        ["b", null],
      ],
      [
        ["b", null],
        ["a", null],
      ],
    ],
    ["kind of number", [["a", new BSON.Int32(1)]], [["a", new BSON.Double(1)]]],
    ["zero", [["a", new BSON.Double(0)]], [["a", new BSON.Double(-0)]]],
    ["date or text", [["a", new Date(0)]], [["a", "1970-01-01T00:00:00Z"]]],
    ["missing or null", [], [["a", null]]],
    ["undefined or null", [["a", undefined]], [["a", null]]],
    ["array or document", [["a", ["x"]]], [["a", new Map([["0", "x"]])]]],
  ] as const)("differs by %s", (_, a, b) => {
    expect(json(a)).not.toBe(json(b));
  });
});

describe("describeKey", () => {
  it.each([
    [new BSON.Int32(1), '{"$numberInt":"1"}'],
    ["a", '"a"'],
    [null, "null"],
    [new BSON.ObjectId("0123456789abcdef01234567"), '{"$oid":"0123456789abcdef01234567"}'],
    [
      new Map<string, unknown>([
        ["b", true],
        ["a", new Date(0)],
      ]),
      '{"b":true,"a":{"$date":{"$numberLong":"0"}}}',
    ],
  ])("shows %s", (id, text) => {
    expect(describeKey(encodeFields(new Map([["_id", id]])))).toBe(text);
  });

  it("shows bytes where there is no text for them", () => {
    const beyond = keyWithDate(2n ** 62n);
    expect(describeKey(beyond)).toBe(`BSON ${hex(beyond)}`);
    const noUtf8 = Buffer.from(encodeFields(new Map([["_id", "a"]])));
    noUtf8[noUtf8.length - 3] = 0xff;
    expect(describeKey(noUtf8)).toBe(`BSON ${hex(noUtf8)}`);
  });
});
