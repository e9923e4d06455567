import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeJson, safeLines, safeText, withoutCommands } from "../../src/base/safe-text.ts";
import { anyText } from "../support/any-text.ts";

const HIDDEN_OR_CONTROLLING = /[\p{C}\p{Zl}\p{Zp}]/u;

describe("safeText", () => {
  it.each([
    ["\u001b[31mred", String.raw`\u001b[31mred`],
    ["\u009b2J", String.raw`\u009b2J`],
    ["two\nlines\r\t", String.raw`two\nlines\r\t`],
    ["evil\u202etxt.exe", String.raw`evil\u202etxt.exe`],
    ["zero\u200bwidth", String.raw`zero\u200bwidth`],
    ["no\u00a0break", String.raw`no\u00a0break`],
    ["tag\u{e0041}", String.raw`tag\u{e0041}`],
    ["filler\u3164", String.raw`filler\u3164`],
    ["lone\ud800", String.raw`lone\ud800`],
  ])("shows %j as an escape", (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  it("leaves readable text of any language alone", () => {
    const text = "orders, Ordnungsgemäß, 注文, заказы, 😀, C:\\temp";
    expect(safeText(text)).toBe(text);
  });

  it("leaves nothing hidden or controlling, and changes nothing the second time", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const safe = safeText(text);
        expect(safe).not.toMatch(HIDDEN_OR_CONTROLLING);
        expect(safeText(safe)).toBe(safe);
      }),
    );
  });
});

describe("safeLines", () => {
  it("keeps line breaks only", () => {
    expect(safeLines("a\u0007\r\nb\n")).toEqual([String.raw`a\u0007`, "b", ""]);
  });
});

describe("safeJson", () => {
  it("parses to the same value and holds nothing hidden", () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText(), (value, text) => {
        const json = safeJson({ value, text }, 2);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(json.replaceAll("\n", "")).not.toMatch(HIDDEN_OR_CONTROLLING);
      }),
    );
  });

  it("writes null for what JSON cannot hold", () => {
    expect(safeJson(undefined)).toBe("null");
  });
});

describe("withoutCommands", () => {
  it.each([
    ["::set-output name=a::b", "\\::set-output name=a::b"],
    ["a\n  ::stop-commands::b\n", "a\n  \\::stop-commands::b\n"],
    ["##[error]a", "\\##[error]a"],
    ["\r\n\t::debug::a", "\r\n\t\\::debug::a"],
    ["a ::error::b", "a ::error::b"],
    ["## heading", "## heading"],
    ["", ""],
  ])("turns %j into %j", (text, expected) => {
    expect(withoutCommands(text)).toBe(expected);
  });
});
