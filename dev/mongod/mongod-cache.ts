import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A machine that had no way out may have one tomorrow. */
const FAILURE_EXPIRES_AFTER_MS = 24 * 60 * 60 * 1000;

interface RememberedFailure {
  readonly reason: string;
  readonly failedAt: string;
}

/** Where mongod binaries and remembered failures are kept between runs. */
export function mongodCacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "mongoferry", "mongod");
}

/** Why the download failed within the last day; null where it is worth a try. */
export async function recallFailure(download: string, now = new Date()): Promise<string | null> {
  const text = await readFile(failurePath(download), "utf8").catch(() => null);
  if (text === null) return null;
  const failure = parseFailure(text);
  if (failure === null) return null;
  const ageMs = now.getTime() - Date.parse(failure.failedAt);
  return ageMs >= 0 && ageMs < FAILURE_EXPIRES_AFTER_MS ? failure.reason : null;
}

/** Remembers that a download failed, so that the next day's runs don't wait for the same failure. */
export async function rememberFailure(
  download: string,
  reason: string,
  now = new Date(),
): Promise<void> {
  const failure: RememberedFailure = { reason, failedAt: now.toISOString() };
  await mkdir(mongodCacheDirectory(), { recursive: true });
  await writeFile(failurePath(download), `${JSON.stringify(failure)}\n`);
}

export async function forgetFailure(download: string): Promise<void> {
  await rm(failurePath(download), { force: true });
}

function failurePath(download: string): string {
  return join(mongodCacheDirectory(), `${download}.failed.json`);
}

/** A file that was cut short or edited counts as no memory. */
function parseFailure(text: string): RememberedFailure | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    if (!("reason" in value) || !("failedAt" in value)) return null;
    return { reason: String(value.reason), failedAt: String(value.failedAt) };
  } catch {
    return null;
  }
}
