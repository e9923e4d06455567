import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pRetry from "p-retry";
import { hasDied, type Holder, type ProcessIdentity } from "../base/process-identity.ts";

/** Older locks were left by a process that died: what is done under a lock takes well under a second. */
const STALE_MS = 60_000;
/** The same of a process that is known to be dead: the git that it had started may have gone on. */
const DEAD_MS = 3_000;

/**
 * Runs `work` while no other mongoferry process of this clone (in any of its work trees) does. For updates of a checked
 * out branch only: git moves files, index and ref one after another, and two of these mixed leave changes that
 * nobody made. The refs themselves are compare-and-set, so a lock that was broken by mistake loses no commit.
 */
export async function withCloneLock<T>(
  commonDirectory: string,
  holder: Holder,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(commonDirectory, "mongoferry.lock");
  await pRetry(() => takeLock(path, holder), {
    retries: 200,
    minTimeout: 20,
    maxTimeout: 500,
    factor: 1.2,
    randomize: true,
    shouldRetry: ({ error }) => "code" in error && error.code === "EEXIST",
  });
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string, holder: Holder): Promise<void> {
  try {
    await writeFile(path, JSON.stringify(holder.identity), { flag: "wx" });
  } catch (error) {
    await removeIfStale(path, holder);
    throw error;
  }
}

async function removeIfStale(path: string, holder: Holder): Promise<void> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) return;
  const ageMs = Date.now() - facts.mtimeMs;
  const isStale = ageMs > STALE_MS || (ageMs > DEAD_MS && (await isOwnerDead(path, holder)));
  if (isStale) await rm(path, { force: true });
}

/** A lock that was just made may be empty yet, or gone. */
async function isOwnerDead(path: string, holder: Holder): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  try {
    return hasDied(JSON.parse(text) as ProcessIdentity, holder);
  } catch {
    return false;
  }
}
