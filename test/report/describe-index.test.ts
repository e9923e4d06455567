import { BSON } from "mongodb";
import { describe, expect, it } from "vitest";
import { toExactDocument } from "../../src/mongo/exact-bson.ts";
import { describeIndex, describeOptions } from "../../src/report/describe-index.ts";
import { exact } from "./sample-plan.ts";

describe("describeIndex", () => {
  it("gives the key in its order, with numbers of any width alike", () => {
    const key = new Map<string, unknown>([
      ["10", new BSON.Int32(1)],
      ["2", new BSON.Double(-1)],
      ["at", BSON.Long.fromNumber(1)],
      ["text", "text"],
    ]);
    const spec = toExactDocument(new Map<string, unknown>([["key", key]]));
    expect(describeIndex(spec)).toBe('{"10":1,"2":-1,"at":1,"text":"text"}');
  });

  it("gives properties that matter and leaves out versions", () => {
    const spec = exact(
      ["v", 2],
      ["key", new Map([["a", 1]])],
      ["name", "a_1"],
      ["unique", true],
      ["sparse", false],
      ["expireAfterSeconds", 60],
      ["partialFilterExpression", new Map([["a", new Map([["$gt", 5]])]])],
      ["list", [1, null]],
      ["textIndexVersion", 3],
    );
    expect(describeIndex(spec)).toBe(
      '{"a":1} unique expires after 60 s partialFilterExpression {"a":{"$gt":5}} list [1,null]',
    );
  });

  it("survives a spec without a key", () => {
    expect(describeIndex(exact())).toBe("?");
  });
});

describe("describeOptions", () => {
  it("names the options", () => {
    expect(describeOptions(exact(["capped", true], ["size", 1]))).toBe("capped, size");
    expect(describeOptions(exact())).toBe("");
  });
});
