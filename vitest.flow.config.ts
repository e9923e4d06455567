/** npm run test:e2e: a config of its own, since it needs Go, or `act` and `actionlint`. */
import { defineConfig } from "vitest/config";

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
  },
});
