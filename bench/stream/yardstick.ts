/** Another program that applies a backlog, to compare with: a script that names its own servers in its text. */
import { execa } from "execa";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchProcesses } from "../copy/process-usage.ts";
import type { Applied } from "./measure-stream.ts";

/** Below the project, where the script finds the driver. */
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/mongoferry-bench", import.meta.url));
const URIS = /mongodb:\/\/127\.0\.0\.1:\d+\/\?replicaSet=\w+/gu;

/**
 * Runs it as `node SCRIPT T0 MARKER`: it applies all changes since the cluster time until one in the collection MARKER, and
 * prints `… EVENTS events SECONDS s …`.
 *
 * @param uris - Of the source and the destination, put in the place of the first two that the script names.
 */
export async function runYardstick(
  script: string,
  uris: readonly [string, string],
  t0: string,
): Promise<Applied> {
  return runScript(script, uris, [t0, "marker"], / events ([\d.]+) s/u);
}

/** @param printed - Finds the seconds it took in what it prints. */
export async function runScript(
  script: string,
  uris: readonly [string, string],
  args: readonly string[],
  printed: RegExp,
): Promise<Applied> {
  let index = 0;
  const text = (await readFile(script, "utf8")).replace(URIS, (found) => uris[index++] ?? found);
  await mkdir(CACHE, { recursive: true });
  const file = join(CACHE, basename(script));
  await writeFile(file, text);
  const run = execa(process.execPath, [file, ...args], { reject: false });
  const usage = watchProcesses([run.pid]);
  try {
    const { stdout, stderr } = await run;
    const seconds = Number(printed.exec(stdout)?.[1]);
    if (!(seconds > 0)) throw new Error(`The yardstick failed: ${stdout}${stderr}`);
    return { seconds, ...usage.latest() };
  } finally {
    usage.stop();
    await rm(file, { force: true });
  }
}
