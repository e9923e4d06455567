import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonValue, parseOrderedJson } from "../../src/model/ordered-json.ts";

/** Back to text, in order, with the digits as they were. */
function write(value: JsonValue): string {
  if (value instanceof Map) {
    const fields = [...value].map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object" && value !== null && "digits" in value) return value.digits;
  return JSON.stringify(value);
}

describe("parseOrderedJson", () => {
  it("reads whatever JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(write(parseOrderedJson(text))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("keeps the order of names and the digits of numbers", () => {
    const text = '{"10":1,"2":1.0,"__proto__":-0,"a":1e3}';
    expect(write(parseOrderedJson(text))).toBe(text);
  });

  it.each([
    ["", "it ends too early"],
    ['{"a":', "it ends too early"],
    ['{"a" 1}', '"1" is unexpected at character 6'],
    ["{a:1}", '"a" is unexpected at character 2'],
    ['{"a":1,}', '"}" is unexpected at character 8'],
    ["[1,]", '"]" is unexpected at character 4'],
    ["01", '"1" is unexpected at character 2'],
    ["1 2", '"2" is unexpected at character 3'],
    ['"\n"', String.raw`"\"" is unexpected at character 1`],
    ['{"a":1,"a":2}', 'it has "a" twice in one object'],
    ["[".repeat(200), "it has more than 100 levels"],
  ])("refuses %j", (text, message) => {
    expect(() => parseOrderedJson(text)).toThrow(new SyntaxError(message));
  });
});
