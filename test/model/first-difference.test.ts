import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bsonTypeName } from "../../src/model/bson-types.ts";
import { firstDifference } from "../../src/model/first-difference.ts";

function diff(a: BSON.Document, b: BSON.Document): readonly unknown[] | null {
  const found = firstDifference(BSON.serialize(a), BSON.serialize(b));
  if (found === null) return null;
  const { path, source, target } = found;
  return [path, ...[source, target].map((value) => value && bsonTypeName(value.type))];
}

/** Values whose bytes say which they are. */
const leaf = fc.oneof(
  fc.integer().map((n) => new BSON.Int32(n)),
  fc.double().map((n) => new BSON.Double(n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => BSON.Long.fromBigInt(n)),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => new BSON.Binary(bytes)),
  fc.constantFrom(new BSON.BSONRegExp("a", "i"), new BSON.MinKey(), new BSON.Code("f", { a: 1 })),
);
const name = fc.stringMatching(/^[a-z.$0-9]{0,3}$/u).filter((text) => text !== "__proto__");
const { document } = fc.letrec<{ document: BSON.Document; value: unknown }>((tie) => ({
  value: fc.oneof(
    { weight: 5, arbitrary: leaf },
    tie("document"),
    fc.array(leaf, { maxLength: 3 }),
  ),
  document: fc.dictionary(name, fc.oneof({ weight: 3, arbitrary: leaf }, tie("value")), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
}));

describe("firstDifference", () => {
  it.each<[BSON.Document, BSON.Document, readonly unknown[] | null]>([
    [{ a: 1 }, { a: 1 }, null],
    [{ a: 1 }, { a: new BSON.Double(1) }, ["a", "int", "double"]],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, ["a", "int", "int"]],
    [{ a: 1, b: 2 }, { a: 1 }, ["b", "int", null]],
    [{ a: 1, c: 3 }, { a: 1, b: "x", c: 3 }, ["b", null, "string"]],
    [{ a: 1, b: 2, c: 3 }, { a: 1, c: 3 }, ["b", "int", null]],
    [{ a: 1 }, { a: 1, z: null }, ["z", null, "null"]],
    [
      { items: [{ p: 1 }, { p: 2 }] },
      { items: [{ p: 1 }, { p: "2" }] },
      ["items.1.p", "int", "string"],
    ],
    [{ items: [1, 2] }, { items: [1] }, ["items.1", "int", null]],
    [{ a: {} }, { a: [] }, ["a", "object", "array"]],
    [{ a: { "10": 1, "2": 2 } }, { a: { "10": 1, "2": 3 } }, ["a.2", "int", "int"]],
    [{ "": 1 }, { "": 2 }, ["", "int", "int"]],
    [{ "a.b": { $set: 1 } }, { "a.b": { $set: 2 } }, ["a.b.$set", "int", "int"]],
    [{ t: new BSON.Timestamp(0n) }, { t: new Date(0) }, ["t", "timestamp", "date"]],
  ])("%j and %j: %j", (a, b, expected) => {
    expect(diff(a, b)).toEqual(expected);
  });

  it("finds a difference exactly where the bytes differ", () => {
    fc.assert(
      fc.property(document, document, (a, b) => {
        const [x, y] = [BSON.serialize(a), BSON.serialize(b)];
        expect(firstDifference(x, y) === null).toBe(Buffer.compare(x, y) === 0);
        expect(firstDifference(x, x)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it("names the field that was changed, in a document of any shape", () => {
    fc.assert(
      fc.property(document, leaf, fc.nat(), (shape, value, at) => {
        const names = Object.keys(shape);
        const changed = names[at % Math.max(names.length, 1)];
        fc.pre(changed !== undefined);
        const other = { ...shape, [changed ?? ""]: value };
        const found = firstDifference(BSON.serialize(shape), BSON.serialize(other));
        const isSame = Buffer.compare(BSON.serialize(shape), BSON.serialize(other)) === 0;
        const isWithin =
          found !== null && (found.path === changed || found.path.startsWith(`${changed}.`));
        expect(isSame ? found === null : isWithin).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
