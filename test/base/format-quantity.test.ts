import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatCounted,
  formatDocumentRate,
  formatDuration,
  formatInstant,
  formatRoughDuration,
} from "../../src/base/format-quantity.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe("formatCount", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1204, "1,204"],
    [1_234_567, "1,234,567"],
    [-1204, "-1,204"],
    [1e21, "1,000,000,000,000,000,000,000"],
    [Number.NaN, "unknown"],
    [Number.POSITIVE_INFINITY, "unknown"],
  ])("%d is %s", (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it("keeps all digits", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (count) => {
        expect(Number(formatCount(count).replaceAll(",", ""))).toBe(count);
      }),
    );
  });
});

describe("formatCounted", () => {
  it("uses the singular for one only", () => {
    expect(formatCounted(1, "index", "indexes")).toBe("1 index");
    expect(formatCounted(9, "index", "indexes")).toBe("9 indexes");
    expect(formatCounted(0, "view")).toBe("0 views");
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [-5, "0 B"],
    [512, "512 B"],
    [1023, "1,023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [10_188, "9.9 KiB"],
    [10_200, "10 KiB"],
    [1_048_575, "1.0 MiB"],
    [41 * 1024 ** 2, "41 MiB"],
    [41 * 1024 ** 3, "41 GiB"],
    [2 * 1024 ** 4, "2.0 TiB"],
    [5000 * 1024 ** 6, "5,000 EiB"],
    [Number.NaN, "unknown"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("stays within five percent and four digits, whatever the size", () => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        const [number = "", unit = ""] = formatBytes(bytes).replace(",", "").split(" ");
        const value = Number(number) * 1024 ** units.indexOf(unit);
        expect(Math.abs(value - bytes) / bytes).toBeLessThan(0.051);
        expect(Number(number)).toBeLessThan(1024);
      }),
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0 s"],
    [-1, "0 s"],
    [400, "0.4 s"],
    [4200, "4.2 s"],
    [41 * SECOND, "41 s"],
    [59_600, "1 min"],
    [5 * MINUTE + 3 * SECOND, "5 min 3 s"],
    [59 * MINUTE + 59_700, "1 h"],
    [2 * HOUR + 5 * MINUTE, "2 h 5 min"],
    [76 * HOUR, "3 d 4 h"],
    [24 * HOUR - 1, "1 d"],
    [Number.POSITIVE_INFINITY, "unknown"],
  ])("%d ms is %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it("never carries a unit that is full", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (durationMs) => {
        expect(formatDuration(durationMs)).not.toMatch(/\b60 (s|min)|\b24 h/);
      }),
    );
  });
});

describe("formatRoughDuration", () => {
  it.each([
    [10 * SECOND, "under a minute"],
    [12 * MINUTE + 20 * SECOND, "12 min"],
    [59.7 * MINUTE, "1 h"],
    [95 * MINUTE, "1.5 h"],
    [2 * HOUR + 5 * MINUTE, "2 h"],
    [31 * HOUR, "31 h"],
    [72 * HOUR, "3 d"],
    [Number.NaN, "unknown"],
  ])("%d ms is %s", (durationMs, text) => {
    expect(formatRoughDuration(durationMs)).toBe(text);
  });
});

describe("rates", () => {
  it("gives documents and megabytes per second", () => {
    expect(formatDocumentRate(1204.4)).toBe("1,204 docs/s");
    expect(formatDocumentRate(0.5)).toBe("0.5 docs/s");
    expect(formatByteRate(12_300_000)).toBe("12 MB/s");
    expect(formatByteRate(400_000)).toBe("0.4 MB/s");
    expect(formatByteRate(-1)).toBe("0 MB/s");
    expect(formatByteRate(Number.NaN)).toBe("unknown");
    expect(formatDocumentRate(Number.POSITIVE_INFINITY)).toBe("unknown");
  });
});

describe("formatInstant", () => {
  it("is UTC to the second", () => {
    expect(formatInstant(new Date("2026-03-01T10:00:00.123Z"))).toBe("2026-03-01 10:00:00 UTC");
    expect(formatInstant(new Date(Number.NaN))).toBe("unknown");
  });
});
