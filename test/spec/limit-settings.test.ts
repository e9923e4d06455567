import { describe, expect, it } from "vitest";
import { parseLimitChanges } from "../../src/spec/limit-settings.ts";

describe("parseLimitChanges", () => {
  it("reads values as a spec would have them", () => {
    const set = [
      "limits.documentsPerSecond=500",
      "limits.megabytesPerSecond=2.5",
      "limits.workers=8",
      "limits.adaptive=false",
      "limits.windows=off",
    ];
    expect(parseLimitChanges(set, [])).toEqual({
      documentsPerSecond: 500,
      bytesPerSecond: 2_500_000,
      workers: 8,
      isAdaptive: false,
      hasWindows: false,
    });
    expect(parseLimitChanges(["limits.documentsPerSecond=unlimited"], [])).toEqual({
      documentsPerSecond: null,
    });
  });

  it("takes limits away again, one or all, before it sets others", () => {
    expect(parseLimitChanges([], ["limits.workers"])).toEqual({ workers: undefined });
    const changes = parseLimitChanges(["limits.workers=2"], ["limits"]);
    expect(Object.keys(changes)).toHaveLength(5);
    expect(Object.values(changes).filter((value) => value !== undefined)).toEqual([2]);
  });

  it.each([
    ["limits.workers=65", /"limits.workers=65": 65 is too large. Give at most 64/u],
    ["limits.workers=2.5", /2.5 stands where a whole number is expected/u],
    ["limits.workers", /"" stands where a whole number is expected/u],
    [
      "limits.documentsPerSecond=fast",
      /"fast" is not in the right form. Give a number, or unlimited/u,
    ],
    [
      "limits.documentPerSecond=5",
      /there is no such limit. Did you mean "limits.documentsPerSecond"/u,
    ],
    ["workers=5", /there is no such limit. Did you mean "limits.workers"/u],
    ["limits.readFrom=secondary", /there is no such limit/u],
    ["limits.windows=on", /windows can be turned off only/u],
    ["limits.adaptive=perhaps", /"perhaps" stands where true or false is expected/u],
  ])("refuses %s", (text, message) => {
    expect(() => parseLimitChanges([text], [])).toThrow(message);
  });
});
