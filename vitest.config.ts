import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** A fresh clone knows no durations: what kills processes for minutes would come last, with nothing beside it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of the sequencer
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return moduleId.includes("/test/crash/") || moduleId.endsWith("/test/e2e/limits.test.ts");
}

const serverTests = ["test/{integration,scenarios,crash,e2e}/**/*.test.ts"];

export default defineConfig({
  test: {
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // They share nothing that one could change, and loading the modules anew for each file takes most of the time.
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: [
            ...serverTests,
            "test/matrix/**",
            "test/soak/**",
            "test/flow/**",
            "test/fixtures/**",
          ],
          // Thousands of generated cases, on a machine that may be busy.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: serverTests,
          globalSetup: [
            "test/support/build-cli.ts",
            "test/support/provide-mongod.ts",
            "test/support/serve-servers.ts",
          ],
          setupFiles: ["test/support/expect-no-leaks.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Each file runs servers of its own beside the worker: more at once only makes elections late.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
