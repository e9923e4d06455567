import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createPaint,
  displayWidth,
  padEndToWidth,
  truncateMiddle,
  wrapText,
} from "../../src/report/terminal-text.ts";

describe("displayWidth", () => {
  it.each([
    ["orders", 6],
    ["注文", 4],
    ["😀", 2],
    ["e\u0301", 1],
    ["Straße", 6],
  ])("%s takes %d columns", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("truncateMiddle", () => {
  it("keeps both ends", () => {
    expect(truncateMiddle("shop.orders_of_2024", 11)).toBe("shop.…_2024");
    expect(truncateMiddle("short", 5)).toBe("short");
    expect(truncateMiddle("短い名前です", 5)).toBe("短…す");
    expect(truncateMiddle("abc", 1)).toBe("…");
    expect(truncateMiddle("abc", 0)).toBe("");
  });

  it("never exceeds the width", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "文", "😀", "é", "\u0301") });
    fc.assert(
      fc.property(text, fc.nat(20), (name, width) => {
        expect(displayWidth(truncateMiddle(name, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("padEndToWidth", () => {
  it("fills to the width and never cuts", () => {
    expect(padEndToWidth("注", 4)).toBe("注  ");
    expect(padEndToWidth("long", 2)).toBe("long");
  });
});

describe("wrapText", () => {
  it("loses nothing, and breaks only at spaces", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", " ") }), (text) => {
        const lines = wrapText(text, 7);
        expect(lines.join(" ").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        for (const line of lines) {
          expect(line.length <= 7 || !line.trim().includes(" ")).toBe(true);
        }
      }),
    );
  });

  it("leaves a word that is too long whole", () => {
    expect(wrapText("a mongodb://host/very-long b", 8)).toEqual([
      "a",
      "mongodb://host/very-long",
      "b",
    ]);
  });
});

describe("createPaint", () => {
  it("colours only when asked", () => {
    expect(createPaint(true)("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(createPaint(false)("red", "x")).toBe("x");
  });
});
