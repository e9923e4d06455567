/** npm run test:e2e: a config of its own, since it needs Go, or `act` and `actionlint`. */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { OrderByDuration } from "./test/support/order-by-duration.ts";

export default defineConfig({
  test: {
    name: "flow",
    include: ["test/flow/**/*.test.ts"],
    globalSetup: [
      "test/support/build-cli.ts",
      "test/support/provide-mongod.ts",
      "test/support/lend-servers.ts",
    ],
    setupFiles: ["test/support/expect-no-leaks.ts"],
    testTimeout: 300_000,
    // Tools are built the first time.
    hookTimeout: 600_000,
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: OrderByDuration },
    experimental: { fsModuleCache: true },
  },
});
