/** Orders and shards test files by how long they took when `test/durations.json` was written. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { longestFirst, splitShards, type TimedFile } from "./split-shards.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Seconds by path. */
const DURATIONS = JSON.parse(
  readFileSync(new URL("../durations.json", import.meta.url), "utf8"),
) as Readonly<Record<string, number>>;

/** Of a file that the table doesn't hold: it is short, or new. */
const OTHER_SECONDS = 1;

export class OrderByDuration extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(files.map(timed)).map(({ file }) => file);
  }

  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard!;
    return splitShards(files.map(timed), count)[index - 1]!.map(({ file }) => file);
  }
}

function timed(file: TestSpecification): TimedFile & { readonly file: TestSpecification } {
  const path = relative(ROOT, file.moduleId).replaceAll("\\", "/");
  return { file, path, project: file.project.name, seconds: DURATIONS[path] ?? OTHER_SECONDS };
}
