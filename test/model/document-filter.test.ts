import { describe, expect, it } from "vitest";
import { objectToFilter } from "../../src/model/document-filter.ts";

describe("objectToFilter", () => {
  it.each([
    "{}",
    '{"status": "open"}',
    '{"at": {"$gte": {"$date": {"$numberLong": "1767225600000"}}}}',
    '{"at": {"$lt": {"$date": "2026-01-01T00:00:00Z"}}}',
    '{"at": {"$lt": {"$date": "2026-01-01T08:00:00.123+08:00"}}}',
    '{"n": {"$in": [{"$numberInt": "1"}, {"$numberDouble": "-Infinity"}, {"$numberDecimal": "1.50"}]}}',
    '{"id": {"$binary": {"base64": "AAEC", "subType": "00"}}, "o": {"$oid": "5f9f1b9b9b9b9b9b9b9b9b9b"}}',
    '{"r": {"$regularExpression": {"pattern": "^a", "options": "i"}}, "s": {"$regex": "^b"}}',
    '{"t": {"$timestamp": {"t": 1, "i": 4294967295}}, "m": {"$minKey": 1}}',
    '{"$expr": {"$gt": ["$a", "$b"]}}',
    '{"text": "$$NOW"}',
    '{"place": {"$geoWithin": {"$centerSphere": [[0, 0], 1]}}}',
  ])("takes %s", (filter) => {
    expect(objectToFilter(filter)).toBeNull();
  });

  it.each([
    ["", "it ends too early"],
    ["[]", "it is no object"],
    ['{"$oid": "5f9f1b9b9b9b9b9b9b9b9b9b"}', "it is no object"],
    ['{"a": {"$oid": "xyz"}}', "the value of $oid is not what extended JSON has there"],
    ['{"a": {"$numberInt": 1}}', "the value of $numberInt is not what extended JSON has there"],
    ['{"a": {"$numberInt": "2147483648"}}', "the value of $numberInt"],
    ['{"a": {"$numberLong": "9223372036854775808"}}', "the value of $numberLong"],
    ['{"a": {"$date": "yesterday"}}', "the value of $date"],
    ['{"a": {"$date": "2026-01-01T00:00:00"}}', "the value of $date"],
    ['{"a": {"$date": "2026-01-01"}}', "the value of $date"],
    ['{"a": {"$date": "01/01/2026"}}', "the value of $date"],
    ['{"a": {"$date": "2026-13-01T00:00:00Z"}}', "the value of $date"],
    ['{"a": {"$date": {"$numberLong": "9223372036854775807"}}}', "the value of $date"],
    ['{"a": {"$oid": "5f9f1b9b9b9b9b9b9b9b9b9b", "b": 1}}', "the value of $oid"],
    ['{"a": 9223372036854775808}', "9223372036854775808 is too large"],
    ['{"a": {"$undefined": true}}', "$undefined cannot be used in a query"],
    ['{"a": {"$code": "f", "$scope": {}}}', "$scope cannot be used in a query"],
  ])("says what is wrong with %s", (filter, message) => {
    expect(objectToFilter(filter)).toMatchObject({
      code: "filter-syntax",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['{"$where": "this.a"}', "$where"],
    ['{"$and": [{"a": 1}, {"$or": [{"$text": {"$search": "x"}}]}]}', "$text"],
    ['{"p": {"$near": [0, 0]}}', "$near"],
    ['{"p": {"$not": {"$nearSphere": [0, 0]}}}', "$nearSphere"],
    ['{"$expr": {"$function": {"body": "f", "args": [], "lang": "js"}}}', "$function"],
    ['{"$expr": {"$lt": [{"$rand": {}}, 0.5]}}', "$rand"],
    ['{"$sampleRate": 0.5}', "$sampleRate"],
    ['{"$expr": {"$lt": ["$at", "$$NOW"]}}', "$$NOW"],
  ])("refuses %s by name", (filter, name) => {
    expect(objectToFilter(filter)).toMatchObject({
      code: "filter-operator",
      message: `the filter uses ${name}`,
      remedy: expect.stringMatching(/.{20}/u),
    });
  });
});
