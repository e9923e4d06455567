import { compareReleases } from "../../src/model/release.ts";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkWireVersion } from "../../src/mongo/probe/supported-version.ts";
import {
  releaseRow,
  SERVER_FEATURES,
  SERVER_RELEASES,
} from "../../src/precheck/server-releases.ts";

const document = readFileSync(new URL("../../docs/versions.md", import.meta.url), "utf8");

/** Cells of the rows below the table's head. */
function rowsUnder(head: string): string[][] {
  const lines = document.slice(document.indexOf(head)).split("\n").slice(2);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("docs/versions.md", () => {
  it("shows the releases", () => {
    expect(rowsUnder("| release | end of life | here |")).toEqual(
      SERVER_RELEASES.map(({ release, endOfLife, standing }) => [release, endOfLife, standing]),
    );
  });

  it("shows the features", () => {
    expect(rowsUnder("| feature | since |")).toEqual(
      SERVER_FEATURES.map(({ name, since }) => [name, since]),
    );
  });
});

describe("SERVER_RELEASES", () => {
  it("goes from old to new, and accepts from where the connectivity test does", () => {
    const names = SERVER_RELEASES.map(({ release }) => release);
    expect(names).toEqual(names.toSorted(compareReleases));
    const oldest = SERVER_RELEASES.find(({ standing }) => standing !== "refused");
    expect(checkWireVersion("db:27017", 8)?.cause).toContain(oldest?.release);
  });

  it.each([
    ["4.0.1", undefined],
    ["4.2.24", "4.2"],
    ["5.3.1", "5.0"],
    ["6.0.27", "6.0"],
    ["8.2.1", "8.0"],
  ])("puts %s under %s", (version, release) => {
    expect(releaseRow(version)?.release).toBe(release);
  });
});
