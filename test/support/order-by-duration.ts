/** Orders and shards test files by how long they took when `test/durations.json` was written. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Seconds by path. A file that is not in it is new, and taken for a short one. */
const SECONDS = JSON.parse(
  readFileSync(new URL("../durations.json", import.meta.url), "utf8"),
) as Readonly<Record<string, number>>;

export class OrderByDuration extends BaseSequencer {
  /** The longest first, so that no worker ends long after the others. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(files);
  }

  /** Each file goes to the shard that has the least to do so far. */
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard!;
    const shards = Array.from({ length: count }, () => ({
      seconds: 0,
      files: [] as TestSpecification[],
    }));
    for (const file of longestFirst(files)) {
      const least = shards.reduce((a, b) => (b.seconds < a.seconds ? b : a));
      least.seconds += secondsOf(file);
      least.files.push(file);
    }
    return shards[index - 1]!.files;
  }
}

function longestFirst(files: readonly TestSpecification[]): TestSpecification[] {
  return files.toSorted(
    (a, b) => secondsOf(b) - secondsOf(a) || (a.moduleId < b.moduleId ? -1 : 1),
  );
}

function secondsOf({ moduleId }: TestSpecification): number {
  return SECONDS[relative(ROOT, moduleId).replaceAll("\\", "/")] ?? 1;
}
