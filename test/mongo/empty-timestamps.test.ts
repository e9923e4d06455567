import { describe, expect, it } from "vitest";
import { canKeepEmptyTimestamps, findEmptyTimestamps } from "../../src/mongo/empty-timestamps.ts";
import { oddDocuments } from "../support/odd-documents.ts";

describe("canKeepEmptyTimestamps", () => {
  it.each(["5.0.29", "5.0.30", "6.0.17", "6.0.27", "7.0.13", "8.0.0", "8.1.2", "10.0.0"])(
    "asks %s, which knows how to",
    (version) => {
      expect(canKeepEmptyTimestamps(version)).toBe(true);
    },
  );

  it.each([
    "4.2.24",
    "4.4.29",
    "5.0.28",
    "5.1.29",
    "5.3.30",
    "6.0.16",
    "6.3.17",
    "7.0.12",
    "7.3.13",
  ])("does not ask %s, which would refuse", (version) => {
    expect(canKeepEmptyTimestamps(version)).toBe(false);
  });

  it.each(["", "?", "7.0", "6.0.x"])("does not ask a server of unknown version %j", (version) => {
    expect(canKeepEmptyTimestamps(version)).toBe(false);
  });
});

describe("findEmptyTimestamps", () => {
  it("finds them at the top level only, whatever stands before them, and not as _id", () => {
    const odd = [...oddDocuments()];
    const found = findEmptyTimestamps(Buffer.concat(odd.map(([, document]) => document)));
    const names = odd.flatMap(([name], position) => (found.has(position) ? [name] : []));
    const has = /^_id|empty timestamp(?! in)|other bits/u;
    expect(names).toEqual(odd.map(([name]) => name).filter((name) => has.test(name)));
    expect(names.length).toBeGreaterThan(30);
  });

  it("finds none in an empty run", () => {
    expect(findEmptyTimestamps(Buffer.alloc(0)).size).toBe(0);
  });
});
