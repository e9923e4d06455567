import { describe, expect, it } from "vitest";
import { migrationWith, headingsIn } from "./specs-in-text.ts";

const OBJECTS = "objects: [{database: shop}]";

function windows(...lines: string[]): string {
  const entries = lines.map((line) => `    - {timeZone: UTC, ${line}}`);
  return migrationWith(OBJECTS, "limits:", "  windows:", ...entries);
}

describe("windows", () => {
  it.each([
    ["one after another", ['from: "08:00", to: "20:00"', 'from: "20:00", to: "08:00"'], []],
    [
      "on other days",
      ['from: "08:00", to: "20:00", days: [mon]', 'from: "09:00", to: "10:00", days: [tue]'],
      [],
    ],
    [
      "at the same time",
      ['from: "08:00", to: "20:00"', 'from: "19:59", to: "21:00"'],
      ["a.yaml:22:9 overlapping-windows spec.limits.windows[1]"],
    ],
    [
      "into the next day",
      ['from: "01:00", to: "02:00", days: [mon]', 'from: "22:00", to: "06:00", days: [sun]'],
      ["a.yaml:22:9 overlapping-windows spec.limits.windows[1]"],
    ],
    [
      "without a length",
      ['from: "08:00", to: "08:00"'],
      ["a.yaml:21:43 empty-window spec.limits.windows[0].to"],
    ],
    [
      "with a wrong time",
      ['from: "8:00", to: "24:30"'],
      [
        "a.yaml:21:31 pattern spec.limits.windows[0].from",
        "a.yaml:21:43 pattern spec.limits.windows[0].to",
      ],
    ],
  ])("%s", (_title, lines, expected) => {
    const found = headingsIn(windows(...lines));
    expect(found.map(withoutColumn)).toEqual(expected.map(withoutColumn));
  });

  it("names a time zone that nobody knows", () => {
    const text = windows('from: "08:00", to: "20:00"').replace("UTC", "Asia/Shangai");
    expect(headingsIn(text).map(withoutColumn)).toEqual([
      "a.yaml:21 unknown-time-zone spec.limits.windows[0].timeZone",
    ]);
  });

  it.each([
    ["documentsPerSecond: fast", "pattern"],
    ["documentsPerSecond: 0", "out-of-range"],
    ["megabytesPerSecond: true", "wrong-type"],
    ["readFrom: nearest", "not-allowed"],
  ])("%s: %s", (line, code) => {
    const [problem] = headingsIn(migrationWith(OBJECTS, `limits: {${line}}`));
    expect(problem).toContain(` ${code} spec.limits.`);
  });

  it("takes unlimited for a rate", () => {
    const line = "limits: {documentsPerSecond: unlimited, megabytesPerSecond: 0.5}";
    expect(headingsIn(migrationWith(OBJECTS, line))).toEqual([]);
  });
});

function withoutColumn(heading: string): string {
  return heading.replace(/:\d+ /u, " ");
}
