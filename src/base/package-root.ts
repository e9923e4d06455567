import { existsSync } from "node:fs";

/** The folder that holds package.json, schemas and templates, seen from the source as from the bundle. */
export const packageRoot: URL = findPackageRoot(new URL("./", import.meta.url));

function findPackageRoot(folder: URL): URL {
  return existsSync(new URL("package.json", folder))
    ? folder
    : findPackageRoot(new URL("../", folder));
}
