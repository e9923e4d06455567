/** npm run test:matrix: a config of its own, since it needs servers of releases that `npm test` does without. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "matrix",
    include: ["test/matrix/**/*.test.ts"],
    globalSetup: ["test/support/build-cli.ts", "test/support/lend-servers.ts"],
    setupFiles: ["test/support/expect-no-leaks.ts"],
    testTimeout: 120_000,
    // Servers are installed the first time.
    hookTimeout: 900_000,
  },
});
