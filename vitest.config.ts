import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { OrderByDuration } from "./test/support/order-by-duration.ts";

const serverTests = ["test/{integration,scenarios,crash,e2e}/**/*.test.ts"];

/** They spend most of their time waiting for what takes a while by itself: rates, intervals, elections, silent networks. */
const waitingTests = [
  "test/crash/{elections,network}.test.ts",
  "test/e2e/limits/*.test.ts",
  "test/e2e/{cutover-fence,cutover-stuck,demo,desired-state,serve,serve-replicas}.test.ts",
  "test/integration/follow/{faults,journal}.test.ts",
];

const withServers = {
  globalSetup: [
    "test/support/build-cli.ts",
    "test/support/provide-mongod.ts",
    "test/support/lend-servers.ts",
  ],
  setupFiles: ["test/support/expect-no-leaks.ts"],
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    restoreMocks: true,
    sequence: { sequencer: OrderByDuration },
    // Transformed modules, by their content: half of the time that the unit tests take to load.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // They share nothing that one could change, and loading the modules anew for each file takes most of the time.
          isolate: false,
          // vitest would leave one processor to itself, which it needs for a few seconds at the start.
          maxWorkers: availableParallelism(),
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
          ...withServers,
          name: "integration",
          include: serverTests,
          exclude: waitingTests,
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...withServers,
          name: "waiting",
          include: waitingTests,
          maxWorkers: availableParallelism() * 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
