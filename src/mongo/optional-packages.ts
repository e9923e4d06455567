/**
 * Packages that the driver loads only if a connection asks for them. They are native code, or large, and not part of this
 * program: the user installs what a connection string needs into the working folder.
 */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import zlib from "node:zlib";
import { UserError } from "../base/errors.ts";
import type { Connection } from "../model/migration.ts";
import type { UriParameter } from "./connection-uri.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder with `node_modules`, where it is not the working folder. The build has the driver look there, too. */
const FOLDER_VARIABLE = "MONGOFERRY_PACKAGES";

/** By what a connection string asks for, in small letters; null: part of Node. */
const PACKAGE_OF_COMPRESSOR: Readonly<Record<string, string | null>> = {
  snappy: "snappy",
  // As the driver asks: Node has it from 22.15 on.
  zstd: "zstdCompress" in zlib ? null : "@mongodb-js/zstd",
  zlib: null,
};
const PACKAGE_OF_MECHANISM: Readonly<Record<string, string>> = {
  gssapi: "kerberos",
  "mongodb-aws": "@aws-sdk/credential-providers",
};

/**
 * Reduces `compressors` to those whose package is installed, in the order in which the connection string prefers them.
 *
 * @throws UserError `missing-package` where none of them is, or where the mechanism of authentication needs one that is not.
 */
export function withInstalledPackages(
  connection: Connection,
  parameters: readonly UriParameter[],
  env: Environment,
): UriParameter[] {
  const folder = env[FOLDER_VARIABLE] || resolve();
  const isInstalled = (name: string | null): boolean => name === null || canLoad(name, folder);
  return parameters.flatMap((parameter) => {
    const { name, value } = parameter;
    switch (name.toLowerCase()) {
      case "authmechanism": {
        const needed = PACKAGE_OF_MECHANISM[value.toLowerCase()];
        if (needed !== undefined && !isInstalled(needed)) {
          throw missingPackage(connection, `authMechanism=${value.toUpperCase()}`, needed, folder);
        }
        return [parameter];
      }
      case "compressors": {
        const asked = value
          .toLowerCase()
          .split(/,|%2c/)
          .filter((each) => Object.hasOwn(PACKAGE_OF_COMPRESSOR, each));
        const usable = asked.filter((each) => isInstalled(PACKAGE_OF_COMPRESSOR[each] ?? null));
        const [first] = asked;
        if (first === undefined) return [];
        if (usable.length > 0) return [{ name, value: usable.join(",") }];
        const needed = PACKAGE_OF_COMPRESSOR[first] ?? "";
        throw missingPackage(connection, `compressors=${first}`, needed, folder);
      }
      default:
        return [parameter];
    }
  });
}

/** Loads it, as the driver will: one whose native code is missing can be found, and is of no use. */
function canLoad(name: string, folder: string): boolean {
  try {
    createRequire(resolve(folder, "package.json"))(name);
    return true;
  } catch {
    return false;
  }
}

function missingPackage(
  { place, name }: Connection,
  option: string,
  needed: string,
  folder: string,
): UserError {
  return new UserError({
    code: "missing-package",
    place,
    problem: `connection ${name} asks for ${option}, which needs the npm package ${needed}; it is not installed in ${folder}, or cannot be loaded there`,
    remedy: `Run npm install --no-save ${needed} there (in GitHub Actions: name it with its version under packages: of the step with command: setup), or leave ${option} out of the connection string`,
  });
}
