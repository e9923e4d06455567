import { describe, expect, it } from "vitest";
import type { Migration } from "../../src/model/migration.ts";
import { needsJournal } from "../../src/work/journaled-feed.ts";
import { reachable, sampleMigration, selection } from "../support/sample-facts.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

function decide(
  windowMs: number | null,
  durationMs: number,
  changes: Partial<Migration> = {},
): boolean {
  const migration = sampleMigration([selection("shop")], {
    mode: "full-and-incremental",
    ...changes,
  });
  const source = reachable("a");
  const oplog = windowMs === null ? null : { windowMs, size: null };
  const state = { ...source.server!.state, oplog };
  const probed = { source: { ...source, server: { ...source.server!, state } } };
  return needsJournal({ migration, probed }, durationMs);
}

describe("needsJournal", () => {
  it("keeps what changes during a copy that takes more than a quarter of the oplog's window", () => {
    expect(decide(DAY_MS, DAY_MS / 4)).toBe(false);
    expect(decide(DAY_MS, DAY_MS / 4 + 1)).toBe(true);
    expect(decide(null, 1)).toBe(true);
  });

  it("does as the spec says", () => {
    expect(decide(DAY_MS, DAY_MS, { journal: "never" })).toBe(false);
    expect(decide(null, 1, { journal: "never" })).toBe(false);
    expect(decide(DAY_MS, 1, { journal: "always" })).toBe(true);
    expect(decide(null, DAY_MS, { mode: "full", journal: "always" })).toBe(false);
  });
});
