/** The mongods of several releases that the version matrix runs, as `version path` from a script beside the repository. */
import { execa } from "execa";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readMongodVersion } from "./mongod-version.ts";

const SCRIPT = fileURLToPath(new URL("../../../shared/tools/mongod-matrix.sh", import.meta.url));
/** Installing four servers takes a while the first time. */
const INSTALL_TIMEOUT_MS = 10 * 60_000;

export interface MatrixMongod {
  readonly version: string;
  readonly path: string;
}

/**
 * Installs them where `../shared/tools/mongod-matrix.sh` is there, and otherwise takes
 * `$MONGOD_MATRIX_DIR/<version>/mongod`. Throws where one of them is missing: a matrix with holes proves nothing.
 */
export async function findMatrixMongods(
  versions: readonly string[],
): Promise<ReadonlyMap<string, MatrixMongod>> {
  const directory = process.env["MONGOD_MATRIX_DIR"];
  const paths = (await exists(SCRIPT))
    ? await runScript(versions)
    : new Map(versions.map((version) => [version, join(directory ?? "", version, "mongod")]));
  const found = versions.map(async (version) => {
    const path = paths.get(version) ?? "";
    const runs = path !== "" && (await readMongodVersion(path).catch(() => null)) === version;
    if (runs) return [version, { version, path }] as const;
    throw new Error(
      `There is no mongod ${version} for the version matrix. Set MONGOD_MATRIX_DIR to a directory that holds <version>/mongod for ${versions.join(", ")}.`,
    );
  });
  return new Map(await Promise.all(found));
}

async function runScript(versions: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await execa(SCRIPT, versions, {
    timeout: INSTALL_TIMEOUT_MS,
    stderr: "inherit",
  });
  return new Map(
    stdout.split("\n").flatMap((line) => {
      const [version, path] = line.trim().split(" ");
      return version === undefined || path === undefined ? [] : [[version, path] as const];
    }),
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
