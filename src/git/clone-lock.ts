import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import pRetry from "p-retry";

/** Older locks were left by a process that died: what is done under a lock takes well under a second. */
const STALE_MS = 60_000;

/**
 * Runs `work` while no other mongoferry process of this clone (in any of its work trees) does. For updates of a checked
 * out branch only: git moves files, index and ref one after another, and two of these mixed leave changes that
 * nobody made. The refs themselves are compare-and-set, so a lock that was broken by mistake loses no commit.
 */
export async function withCloneLock<T>(
  commonDirectory: string,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(commonDirectory, "mongoferry.lock");
  await pRetry(() => takeLock(path), {
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

async function takeLock(path: string): Promise<void> {
  try {
    const file = await open(path, "wx");
    await file.close();
  } catch (error) {
    await removeIfStale(path);
    throw error;
  }
}

async function removeIfStale(path: string): Promise<void> {
  const facts = await stat(path).catch(() => null);
  if (facts !== null && Date.now() - facts.mtimeMs > STALE_MS) await rm(path, { force: true });
}
