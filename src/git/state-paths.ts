import { BugError } from "../base/errors.ts";
import type { StateFile } from "../ports.ts";

const MIGRATION_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PATH_PART = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * Full paths of a migration's files below the folder of all state. Names were checked long before; they are checked
 * here again, since a path that climbs out would overwrite the user's files.
 */
export function placeStateFiles(
  stateFolder: string,
  migration: string,
  files: readonly StateFile[],
): readonly StateFile[] {
  if (!MIGRATION_NAME.test(migration)) {
    throw new BugError(`${JSON.stringify(migration)} is no name for a folder of state.`);
  }
  return files.map(({ path, content }) => {
    if (!path.split("/").every((part) => PATH_PART.test(part))) {
      throw new BugError(`${JSON.stringify(path)} is no path for a state file.`);
    }
    return { path: `${stateFolder}/${migration}/${path}`, content };
  });
}
