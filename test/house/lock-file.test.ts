import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

interface LockedPackage {
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(
  await readFile(new URL("../../package-lock.json", import.meta.url), "utf8"),
) as { readonly packages: Record<string, LockedPackage> };
const packages = Object.entries(lock.packages);

test("names no registry, so that each machine installs from its own", () => {
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test("holds every dependency for every platform, as `npm ci` fails without", () => {
  const missing = packages.flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(path, name))
      .map((name) => `${path} needs ${name}`),
  );
  expect(missing).toEqual([]);
});

/** Looks where Node would: in the package's own node_modules, then in those of the packages around it. */
function isLocked(path: string, name: string): boolean {
  const inside = path === "" ? "" : `${path}/`;
  if (`${inside}node_modules/${name}` in lock.packages) return true;
  if (path === "") return false;
  return isLocked(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name);
}
