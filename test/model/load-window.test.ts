import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  holdsAt,
  isTimeZone,
  type LoadWindow,
  minuteOfWeek,
  overlap,
} from "../../src/model/load-window.ts";

function minuteOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

function windowOf(from: string, to: string, more: Partial<LoadWindow> = {}): LoadWindow {
  const times = { fromMinute: minuteOfDay(from), toMinute: minuteOfDay(to) };
  return { ...times, timeZone: "UTC", days: null, mayCopy: true, limits: {}, ...more };
}

describe("holdsAt", () => {
  // 2026-03-01 was a Sunday.
  it.each([
    ["before it begins", "08:00", "20:00", "2026-03-01T07:59:59Z", false],
    ["when it begins", "08:00", "20:00", "2026-03-01T08:00:00Z", true],
    ["at its end", "08:00", "20:00", "2026-03-01T20:00:00Z", false],
    ["past midnight", "22:00", "06:00", "2026-03-02T05:59:00Z", true],
    ["in between, past midnight", "22:00", "06:00", "2026-03-01T12:00:00Z", false],
    ["all day, first minute", "00:00", "24:00", "2026-03-01T00:00:00Z", true],
    ["all day, last minute", "00:00", "24:00", "2026-03-01T23:59:59Z", true],
  ])("%s", (_title, from, to, at, expected) => {
    expect(holdsAt(windowOf(from, to), new Date(at))).toBe(expected);
  });

  it("goes by the clocks of the time zone", () => {
    const office = windowOf("09:00", "18:00", { timeZone: "Asia/Shanghai" });
    expect(holdsAt(office, new Date("2026-03-01T01:00:00Z"))).toBe(true);
    expect(holdsAt(office, new Date("2026-03-01T10:00:00Z"))).toBe(false);
  });

  it("belongs to the day on which it begins", () => {
    const friday = windowOf("22:00", "06:00", { days: ["fri"] });
    expect(holdsAt(friday, new Date("2026-03-06T23:00:00Z"))).toBe(true);
    expect(holdsAt(friday, new Date("2026-03-07T05:00:00Z"))).toBe(true);
    expect(holdsAt(friday, new Date("2026-03-07T23:00:00Z"))).toBe(false);
    const sunday = windowOf("22:00", "06:00", { days: ["sun"] });
    expect(holdsAt(sunday, new Date("2026-03-02T03:00:00Z"))).toBe(true);
    expect(holdsAt(sunday, new Date("2026-03-01T03:00:00Z"))).toBe(false);
  });

  it("knows summer time", () => {
    const night = windowOf("02:00", "03:00", { timeZone: "Europe/Berlin" });
    // Clocks went from 2:00 to 3:00 on 2026-03-29, and showed 2:30 twice on 2026-10-25.
    expect(holdsAt(night, new Date("2026-03-29T01:30:00Z"))).toBe(false);
    expect(holdsAt(night, new Date("2026-10-25T00:30:00Z"))).toBe(true);
    expect(holdsAt(night, new Date("2026-10-25T01:30:00Z"))).toBe(true);
  });
});

describe("windows of one time zone", () => {
  const times = fc.integer({ min: 0, max: 1_439 });
  const days = fc.option(
    fc.uniqueArray(fc.constantFrom("mon" as const, "wed" as const, "sun" as const), {
      minLength: 1,
    }),
  );
  const windows = fc
    .record({ fromMinute: times, toMinute: times.map((minute) => minute + 1), days })
    .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute)
    .map((parts): LoadWindow => ({ ...windowOf("00:00", "24:00"), ...parts }));

  it("overlap exactly where some minute of the week belongs to both", () => {
    const monday = Date.parse("2026-03-02T00:00:00Z");
    fc.assert(
      fc.property(windows, windows, (a, b) => {
        const minutes = Array.from({ length: 7 * 1_440 }, (_, i) => new Date(monday + i * 60_000));
        const meet = minutes.some((at) => holdsAt(a, at) && holdsAt(b, at));
        expect(overlap(a, b)).toBe(meet);
        expect(overlap(b, a)).toBe(meet);
      }),
      { numRuns: 15 },
    );
  });

  it("counts minutes from Monday on", () => {
    expect(minuteOfWeek(new Date("2026-03-02T00:01:00Z"), "UTC")).toBe(1);
    expect(minuteOfWeek(new Date("2026-03-01T23:59:00Z"), "UTC")).toBe(7 * 1_440 - 1);
  });
});

describe("isTimeZone", () => {
  it.each([
    ["Asia/Shanghai", true],
    ["UTC", true],
    ["Asia/Shangai", false],
    ["", false],
  ])("%s: %s", (name, expected) => {
    expect(isTimeZone(name)).toBe(expected);
  });
});
