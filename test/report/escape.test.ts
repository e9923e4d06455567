import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeText } from "../../src/base/safe-text.ts";
import { escapeHtml, markdownCode, markdownLink, markdownText } from "../../src/report/escape.ts";
import { anyText } from "../support/any-text.ts";
import { liveParts, shapeOf, visibleText } from "../support/github-markdown.ts";
import { hostileText } from "../support/hostile-text.ts";

/** In each of the places. */
const RUNS = { numRuns: 40 };
/** Where names and messages stand. */
const PLACES: readonly (readonly [string, (text: string) => string])[] = [
  ["a paragraph", (text) => text],
  ["a paragraph below a heading", (text) => `## x\n\n${text}\n\n*end*`],
  ["a heading", (text) => `## 🟢 ${text} — ${text}`],
  ["bold", (text) => `**${text} → ${text}** · x`],
  ["a list", (text) => `- ${text}\n- ${text}`],
  ["a list in a quote", (text) => `> [!CAUTION]\n> **x**\n> - ${text}\n> - ${text}`],
  ["a quote", (text) => `> [!CAUTION]\n> ${text}`],
  ["a table", (text) => `| a | b | c |\n|:-:|---|---|\n| x | ${text} | ${text} |`],
];

describe("escapeHtml", () => {
  it("leaves nothing that could open a tag, an attribute or an entity", () => {
    expect(escapeHtml(`<img src=x onerror='a("b")'>&amp;`)).toBe(
      "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;amp;",
    );
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
      }),
    );
  });

  it("shows what is invisible", () => {
    expect(escapeHtml("a\u202eb\u0000c\nd")).toBe("a\\u202eb\\u0000c\\nd");
  });
});

describe("markdownCode", () => {
  it.each([
    ["shop.orders", "`shop.orders`"],
    ["a`b", "``a`b``"],
    ["``", "``` `` ```"],
    [" a ", "`  a  `"],
    ["a|b", "`a\\|b`"],
    ["a\\|b", "`a\\\\u007cb`"],
    ["<script>@una #1", "`<script>@una #1`"],
    ["a\nb", "`a\\nb`"],
    ["", "*(empty)*"],
  ])("shows %j as %j", (text, expected) => {
    expect(markdownCode(text)).toBe(expected);
  });

  it.each(PLACES)("is code in %s, and nothing else", (_, place) => {
    const tame = shapeOf(place("`x`"));
    fc.assert(
      fc.property(hostileText(), (text) => {
        const markdown = place(markdownCode(text));
        expect(liveParts(markdown)).toEqual([]);
        expect(shapeOf(markdown)).toBe(tame);
      }),
      RUNS,
    );
  });

  it("never ends its fence early, nor its cell or line, whatever the name", () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const code = markdownCode(text);
        const fence = /^`+/.exec(code)?.[0] ?? "";
        const inside = code.slice(fence.length, -fence.length);
        if (text === "") return;
        expect(code.endsWith(fence)).toBe(true);
        expect(inside.match(/`+/g) ?? []).not.toContain(fence);
        expect(inside).not.toMatch(/^`|`$|\n/);
        expect(cellsOf(code)).toHaveLength(1);
      }),
    );
  });
});

describe("markdownText", () => {
  it.each([
    ["13 passed, 1 warning", "13 passed, 1 warning"],
    ["*bold* _it_ `code`", "\\*bold\\* \\_it\\_ \\`code\\`"],
    ["<b>&amp; [a](b)", "\\<b\\>\\&amp; \\[a\\]\\(b\\)"],
    ["a | b", "a \\| b"],
    ["ask @una, see #12", "ask @\u200buna, see \\#\u200b12"],
    ["https://evil.example www.evil.example", "https:\u200b//evil.example www\u200b.evil.example"],
    ["- item", "\u200b- item"],
    ["1. item", "\u200b1. item"],
    ["# heading", "\\# heading"],
    ["a\nb", "a\\\\nb"],
  ])("shows %j as %j", (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });

  it.each([
    ["see GH-12 and una/shop#3", "see GH\u200b-12 and una/shop\\#\u200b3"],
    ["at deadbeef", "at deadbe\u200bef"],
    ["at 12:30:15, :tada:", "at 12:30:15, :\u200btada:"],
  ])("breaks the references of %j: %j", (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });

  it.each(PLACES)("is the text itself in %s, and nothing else", (_, place) => {
    const tame = shapeOf(place("x"));
    fc.assert(
      fc.property(hostileText(), (text) => {
        const shown = safeText(text).trim();
        fc.pre(shown !== "");
        const markdown = place(markdownText(text));
        expect(liveParts(markdown)).toEqual([]);
        expect(shapeOf(markdown)).toBe(tame);
        expect(visibleText(markdown)).toContain(shown.replaceAll("\u200b", ""));
      }),
      RUNS,
    );
  });
});

describe("markdownLink", () => {
  it("links only to an address of the web, which it cannot end early", () => {
    expect(markdownLink("run", "https://ci.example/job/a(b)/1")).toBe(
      "[run](https://ci.example/job/a%28b%29/1)",
    );
    for (const url of ["javascript:alert(1)", "https://a b", "x", "", "https://a<b"]) {
      expect(markdownLink("run", url)).toBe("run");
    }
  });
});

/** Splits a row as GitHub does: a backslash takes the character after it along. */
function cellsOf(row: string): readonly string[] {
  return row.replaceAll(/\\[!-/:-@[-`{-~]/g, "").split("|");
}
