/** npm run test:soak: a config of its own, since it takes most of an hour. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "soak",
    include: ["test/soak/**/*.test.ts"],
    globalSetup: [
      "test/support/build-cli.ts",
      "test/support/provide-mongod.ts",
      "test/support/lend-servers.ts",
    ],
    setupFiles: ["test/support/expect-no-leaks.ts"],
    hookTimeout: 120_000,
  },
});
