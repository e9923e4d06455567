import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withFields } from "../../src/model/exact-json.ts";
import { decodeFields, toExactDocument } from "../../src/mongo/exact-bson.ts";
import { encodeFields, fields } from "../mongo/bson-values.ts";

describe("withFields", () => {
  it("writes what reading the same document from a server gives, for every type", () => {
    fc.assert(
      fc.property(fields, (given) => {
        const read = toExactDocument(decodeFields(encodeFields(given)));
        expect(withFields(read.fields).json).toBe(read.json);
      }),
      { numRuns: 1_000 },
    );
  });
});
