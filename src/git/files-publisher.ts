import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage, OperationError } from "../base/errors.ts";
import { placeStateFiles, type StateFile } from "../model/state-commit.ts";
import type { PublishOutcome, StatePublisher } from "../ports.ts";

/** State for a spec that lies in no git repository: the same files, written to `stateFolder`, without history. */
export function createFilesPublisher(
  stateFolder: string,
  redact: (text: string) => string,
): StatePublisher {
  return {
    async publish(commit, render): Promise<PublishOutcome> {
      const files = placeStateFiles(stateFolder, commit.migration, await render());
      const written = await Promise.all(files.map((file) => writeIfChanged(file, redact)));
      if (!written.includes(true)) return { kind: "unchanged" };
      const folder = join(stateFolder, commit.migration);
      const notice = `The spec is in no git repository, so state was written to ${folder} without history`;
      return { kind: "files-only", notice };
    },
    specCommit: () => Promise.resolve(null),
  };
}

/** Through a temporary file: readers see the old content or the new one, and so does whoever comes after a crash. */
async function writeIfChanged(file: StateFile, redact: (text: string) => string): Promise<boolean> {
  const content = redact(file.content);
  const temporary = `${file.path}.${randomUUID()}.tmp`;
  try {
    const before = await readFile(file.path, "utf8").catch(() => null);
    if (before === content) return false;
    await mkdir(dirname(file.path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, file.path);
    return true;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new OperationError({
      operation: "write state",
      object: file.path,
      isRetryable: false,
      cause: errorMessage(error),
      hint: "The folder must be writable",
    });
  }
}
