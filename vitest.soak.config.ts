/** npm run test:soak: a config of its own, since it takes most of an hour. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "soak",
    // Those outside of test/soak do more of the same here.
    include: [
      "test/soak/**/*.test.ts",
      "test/crash/{following,sigkill}.test.ts",
      "test/integration/copy/random-data.test.ts",
      "test/integration/follow/scale-of-events.test.ts",
      "test/integration/verify/{corruptions,while-following}.test.ts",
    ],
    env: { MONGOFERRY_SOAK: "1" },
    globalSetup: [
      "test/support/build-cli.ts",
      "test/support/provide-mongod.ts",
      "test/support/lend-servers.ts",
    ],
    setupFiles: ["test/support/expect-no-leaks.ts"],
    hookTimeout: 120_000,
  },
});
