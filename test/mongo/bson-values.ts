/** Arbitrary BSON of every type, as values the driver's serializer takes without loss. */
import { BSON } from "mongodb";
import * as fc from "fast-check";
import { anyText } from "../support/any-text.ts";

const binary = fc
  .tuple(fc.uint8Array({ maxLength: 12 }), fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 128))
  .map(([bytes, subtype]) => new BSON.Binary(Buffer.from(bytes), subtype));

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** Null characters are what no name and no pattern may contain. */
const cString = anyText(6).map((text) => text.replaceAll("\0", "0"));

/** Names as they occur, also such as objects would reorder or take for operators. */
const fieldName = fc.oneof(
  cString,
  fc.nat(20).map(String),
  fc.constantFrom("", "$ref", "$id", "$oid", "__proto__", "a.b", "_bsontype", "toBSON", "id"),
);

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -50, max: 50 }))
  .map(([digits, exponent]) => BSON.Decimal128.fromString(`${digits}E${exponent}`));

/** Every type but documents and arrays. */
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.double().map((value) => new BSON.Double(value)),
  anyText(),
  binary,
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new BSON.ObjectId(bytes)),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constant(null),
  fc.tuple(cString, fc.constantFrom("", "i", "im")).map(([p, o]) => new BSON.BSONRegExp(p, o)),
  fc.string().map((text) => new BSON.Code(text)),
  fc.string().map((text) => new BSON.BSONSymbol(text)),
  fc.integer().map((value) => new BSON.Int32(value)),
  int64.map((value) => BSON.Long.fromBigInt(value)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new BSON.Timestamp({ t, i })),
  decimal,
  fc
    .constantFrom("NaN", "Infinity", "-Infinity", "-0", "1.0", "1")
    .map((text) => BSON.Decimal128.fromString(text)),
  fc.constant(new BSON.MinKey()),
  fc.constant(new BSON.MaxKey()),
);

const { nested } = fc.letrec<{ nested: unknown; document: ReadonlyMap<string, unknown> }>(
  (tie) => ({
    nested: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      tie("document"),
      fc.array(tie("nested"), { maxLength: 4 }),
    ),
    document: fieldsOf(tie("nested")),
  }),
);

export const value: fc.Arbitrary<unknown> = nested;

/** Ordered fields of any names and values; not necessarily with an `_id`. */
export const fields: fc.Arbitrary<ReadonlyMap<string, unknown>> = fieldsOf(nested);

function fieldsOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<ReadonlyMap<string, unknown>> {
  return fc.array(fc.tuple(fieldName, values), { maxLength: 6 }).map((entries) => new Map(entries));
}

/** The document with these fields, in their order. */
export function encodeFields(ordered: ReadonlyMap<string, unknown>): Uint8Array {
  return BSON.serialize(ordered as unknown as BSON.Document, { ignoreUndefined: false });
}
