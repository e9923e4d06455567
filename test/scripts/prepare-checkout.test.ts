import { expect, test } from "vitest";
// @ts-expect-error a script without types
import { compareVersions, findMismatch } from "../../scripts/prepare-checkout.mjs";

const lock = {
  packages: {
    "": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/a-win32": { version: "1.0.0", optional: true },
  },
};

test("versions compare by number", () => {
  expect(compareVersions("20.19.0", "20.19.0")).toBe(0);
  expect(compareVersions("20.9.0", "20.19.0")).toBeLessThan(0);
  expect(compareVersions("22.0.0", "20.19.0")).toBeGreaterThan(0);
});

test("an installation that holds what the lock file says matches, without other platforms' packages", () => {
  expect(findMismatch(lock, { packages: { "node_modules/a": { version: "1.0.0" } } })).toBeNull();
});

test("a missing package and one of another version are named", () => {
  expect(findMismatch(lock, { packages: {} })).toBe("node_modules/a is missing and not 1.0.0");
  expect(findMismatch(lock, { packages: { "node_modules/a": { version: "0.9.0" } } })).toBe(
    "node_modules/a is 0.9.0 and not 1.0.0",
  );
});
