import { existsSync } from "node:fs";
import { BugError } from "./errors.ts";

/** The folder that holds package.json, schemas and templates, seen from the source as from the bundle. */
export const packageRoot: URL = findPackageRoot(new URL("./", import.meta.url));

function findPackageRoot(folder: URL): URL {
  if (existsSync(new URL("package.json", folder))) return folder;
  const parent = new URL("../", folder);
  if (parent.href === folder.href) throw new BugError("no package.json lies above the program");
  return findPackageRoot(parent);
}
