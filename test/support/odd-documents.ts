/** Documents that tools of this kind get wrong, by what is odd about them. */
import {
  binary,
  codeWithScope,
  doc,
  double,
  EMPTY_TIMESTAMP,
  field,
  int32,
  int64,
  nested,
  NOTHING,
  text,
} from "./raw-values.ts";

const MOST_BYTES = 16 * 1024 * 1024;
const KEY_BYTES = Buffer.alloc(16, 9);
const OBJECT_ID = Buffer.alloc(12, 7);
const DB_POINTER = Buffer.concat([text("shop.carts"), OBJECT_ID]);
const DECIMAL_NAN = Buffer.concat([Buffer.alloc(15), Buffer.from([0x7c])]);
const DECIMAL_INFINITY = Buffer.concat([Buffer.alloc(15), Buffer.from([0xf8])]);
const DECIMAL_MINUS_ZERO = Buffer.concat([Buffer.alloc(14), Buffer.from([0x40, 0xb0])]);
const empty = (name: string): Uint8Array => field(0x11, name, EMPTY_TIMESTAMP);

/** Fields besides `_id`. */
const ODD_FIELDS: Readonly<Record<string, readonly Uint8Array[]>> = {
  "an empty timestamp": [empty("t")],
  "two empty timestamps among others": [empty("t"), field(0x10, "n", int32(1)), empty("u")],
  "an empty timestamp without a name": [empty("")],
  "an empty timestamp in an object": [field(3, "o", doc(empty("t")))],
  "an empty timestamp in an array": [field(4, "a", doc(empty("0")))],
  "zeros that are no timestamp": [field(1, "d", double(0)), field(0x12, "l", int64(0n))],
  "a dotted name": [field(0x10, "a.b", int32(1)), field(3, "o", doc(field(0x10, "c.d", int32(1))))],
  "a name with $": [field(0x10, "$x", int32(1)), field(3, "o", doc(field(0x10, "$inc", int32(1))))],
  "an operator's name": [field(3, "$set", doc(field(0x10, "a", int32(1))))],
  "a name with $ and an empty timestamp": [field(0x10, "$x", int32(1)), empty("t")],
  "an empty name": [field(0x10, "", int32(1)), field(3, "o", doc(field(0x10, "", int32(2))))],
  "a name twice": [
    field(0x10, "a", int32(1)),
    field(2, "a", text("b")),
    field(3, "o", doc(field(0x10, "b", int32(1)), field(0x10, "b", int32(2)))),
  ],
  "a name twice and an empty timestamp twice": [
    field(0x10, "a", int32(1)),
    field(0x10, "a", int32(2)),
    empty("t"),
    empty("t"),
  ],
  "names of integers": [field(0x10, "10", int32(1)), field(0x10, "2", int32(2))],
  "an array with other names": [field(4, "a", doc(field(0x10, "x", int32(1))))],
  "deprecated types": deprecated(),
  "deprecated types and an empty timestamp": [...deprecated(), empty("t")],
  "a NaN of other bits": [field(1, "n", Buffer.from("efbeadde0000f87f", "hex")), empty("t")],
  "a minus zero": [field(1, "n", double(-0))],
  "dates JavaScript has not": [
    field(9, "a", int64(-(2n ** 63n))),
    field(9, "b", int64(2n ** 63n - 1n)),
  ],
  "a string that is no UTF-8": [
    field(2, "s", Buffer.concat([int32(3), Buffer.from([0xff, 0xfe, 0])])),
  ],
  "100 levels": [field(3, "d", nested(100))],
  "as many levels as servers take": [field(3, "d", nested(179))],
  "decimals that are no numbers": [
    field(0x13, "n", DECIMAL_NAN),
    field(0x13, "i", DECIMAL_INFINITY),
    field(0x13, "z", DECIMAL_MINUS_ZERO),
  ],
};

function deprecated(): Uint8Array[] {
  return [
    field(6, "undefined", NOTHING),
    field(0x0c, "pointer", DB_POINTER),
    field(0x0e, "symbol", text("s")),
    field(0x0d, "code", text("f()")),
    field(
      0x0f,
      "scope",
      codeWithScope("f()", doc(field(0x10, "2", int32(1)), field(0x10, "1", int32(1)))),
    ),
    field(0xff, "least", NOTHING),
    field(0x7f, "most", NOTHING),
    field(5, "old binary", binary(2, Buffer.concat([int32(2), Buffer.from("ab")]))),
  ];
}

/** Values of `_id`: type and bytes. All differ, also to a server. */
const ODD_KEYS: Readonly<Record<string, readonly [number, Uint8Array]>> = {
  null: [0x0a, NOTHING],
  NaN: [1, double(Number.NaN)],
  "minus zero": [1, double(-0)],
  infinity: [1, double(Infinity)],
  "an empty timestamp": [0x11, EMPTY_TIMESTAMP],
  "an empty object": [3, doc()],
  "an object with integers for names": [
    3,
    doc(field(0x10, "2", int32(1)), field(0x10, "1", int32(1))),
  ],
  "an object with one name twice": [3, doc(field(0x10, "a", int32(1)), field(0x10, "a", int32(2)))],
  "an object with a regular expression": [3, doc(field(0x0b, "r", Buffer.from("a\0i\0")))],
  "an object with undefined": [3, doc(field(6, "u", NOTHING))],
  "an object with an array": [3, doc(field(4, "a", doc(field(0x10, "0", int32(1)))))],
  "a reference": [3, doc(field(2, "$ref", text("c")), field(0x10, "$id", int32(1)))],
  "a decimal": [0x13, Buffer.concat([int64(15n), Buffer.alloc(6), Buffer.from([0x3e, 0x30])])],
  "a date JavaScript has not": [9, int64(2n ** 62n)],
  "the least value": [0xff, NOTHING],
  "the greatest value": [0x7f, NOTHING],
  "a pointer": [0x0c, DB_POINTER],
  "a symbol": [0x0e, text("symbol")],
  code: [0x0d, text("f()")],
  "code with a scope": [0x0f, codeWithScope("f()", doc(field(0x10, "2", int32(1))))],
  "an empty string": [2, text("")],
  false: [8, Buffer.from([0])],
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6, 8, 128].map((subtype) => [
      `binary ${subtype}`,
      [5, binary(subtype, subtype === 2 ? Buffer.concat([int32(1), Buffer.from("x")]) : KEY_BYTES)],
    ]),
  ),
};

/** All of them; those with an odd key have an empty timestamp too. */
export function oddDocuments(): ReadonlyMap<string, Uint8Array> {
  const byFields = Object.entries(ODD_FIELDS).map(
    ([name, fields], at) => [name, doc(field(0x10, "_id", int32(at + 1)), ...fields)] as const,
  );
  const byKey = Object.entries(ODD_KEYS).map(
    ([name, [type, value]]) =>
      [`_id: ${name}`, doc(field(type, "_id", value), empty("t"))] as const,
  );
  return new Map([...byFields, ...byKey]);
}

/** A document as large as servers take, or larger. */
export function hugeDocument(id: number, more = 0, ...fields: readonly Uint8Array[]): Uint8Array {
  const head = [field(0x10, "_id", int32(id)), ...fields];
  const rest = doc(...head, field(5, "b", binary(0, NOTHING))).length;
  return doc(...head, field(5, "b", binary(0, Buffer.alloc(MOST_BYTES + more - rest, 1))));
}
