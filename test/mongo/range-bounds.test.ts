import { BSON } from "mongodb";
import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import { rangeBounds, rangeReads } from "../../src/mongo/range-bounds.ts";
import type { DocumentKey } from "../../src/model/document-key.ts";
import { namespace } from "../report/sample-plan.ts";
import { codeWithScope, doc, field, int32 } from "../support/raw-values.ts";
import { encodeFields } from "./bson-values.ts";

const COLLECTION = namespace("shop.orders");
const BUCKETS = namespace("shop.system.buckets.weather");

function key(id: unknown): DocumentKey {
  return encodeFields(new Map([["_id", id]]));
}

const LOW = new BSON.ObjectId("000000000000000000000001");
const HIGH = new BSON.ObjectId("00000000000000000000000f");

describe("rangeBounds of a collection", () => {
  it("reads the index on _id, bounded only where the range is", () => {
    const hint = { _id: 1 };
    const min = new Map([["_id", LOW]]);
    const max = new Map([["_id", HIGH]]);
    expect(rangeBounds(COLLECTION, { min: null, max: null })).toEqual({ hint });
    expect(rangeBounds(COLLECTION, { min: key(LOW), max: null })).toEqual({ hint, min });
    expect(rangeBounds(COLLECTION, { min: null, max: key(HIGH) })).toEqual({ hint, max });
    expect(rangeBounds(COLLECTION, { min: key(LOW), max: key(HIGH) })).toEqual({ hint, min, max });
  });

  it("sends keys in their bytes, whatever their types", () => {
    const low = new Map<string, unknown>([
      ["10", new BSON.Double(1)],
      ["2", BSON.Long.fromInt(1)],
    ]);
    const { min, max } = rangeBounds(COLLECTION, { min: key(low), max: key("z") });
    expect(Buffer.from(encodeFields(min))).toEqual(Buffer.from(key(low)));
    expect(Buffer.from(encodeFields(max))).toEqual(Buffer.from(key("z")));
  });

  it("fails for a key that would be sent as another one", () => {
    const scope = doc(field(0x10, "2", int32(1)), field(0x10, "1", int32(1)));
    const unsendable = doc(field(0x0f, "_id", codeWithScope("f()", scope)));
    for (const range of [
      { min: unsendable, max: null },
      { min: null, max: unsendable },
    ]) {
      expect(() => rangeBounds(COLLECTION, range)).toThrow(OperationError);
      expect(() => rangeBounds(BUCKETS, range)).toThrow(OperationError);
    }
  });
});

describe("rangeReads", () => {
  const filter = { odd: 1 };
  const last = { filter: { $and: [{ _id: { $eq: new BSON.MaxKey() } }, filter] } };
  const hint = { _id: 1 };

  it("reads MaxKey by itself where a lower bound alone would leave it out", () => {
    const min = new Map([["_id", LOW]]);
    expect(rangeReads(COLLECTION, { min: key(LOW), max: null }, filter)).toEqual([
      { filter, hint, min },
      last,
    ]);
    expect(rangeReads(COLLECTION, { min: key(new BSON.MaxKey()), max: null }, filter)).toEqual([
      last,
    ]);
  });

  it("reads once where that has all", () => {
    const max = new Map([["_id", HIGH]]);
    expect(rangeReads(COLLECTION, { min: null, max: null }, filter)).toEqual([{ filter, hint }]);
    expect(rangeReads(COLLECTION, { min: null, max: key(HIGH) }, filter)).toEqual([
      { filter, hint, max },
    ]);
    expect(rangeReads(BUCKETS, { min: key(LOW), max: null }, {})).toHaveLength(1);
  });
});

describe("rangeBounds of buckets", () => {
  it("filters by ObjectId, since old servers know no bounds there", () => {
    expect(rangeBounds(BUCKETS, { min: null, max: null })).toEqual({ filter: {} });
    expect(rangeBounds(BUCKETS, { min: key(LOW), max: null })).toEqual({
      filter: { _id: { $gte: LOW } },
    });
    expect(rangeBounds(BUCKETS, { min: null, max: key(HIGH) })).toEqual({
      filter: { _id: { $lt: HIGH } },
    });
    expect(rangeBounds(BUCKETS, { min: key(LOW), max: key(HIGH) })).toEqual({
      filter: { _id: { $gte: LOW, $lt: HIGH } },
    });
  });
});
