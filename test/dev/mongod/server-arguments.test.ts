import { expect, test } from "vitest";
import { serverArguments } from "../../../dev/mongod/server-arguments.ts";

const QUICK_SHUTDOWN = "--setParameter=shutdownTimeoutMillisForSignaledShutdown=100";

test("servers that know the parameter are told to shut down quickly", () => {
  expect(serverArguments("4.4.2", null, [])).not.toContain(QUICK_SHUTDOWN);
  expect(serverArguments("5.0.4", null, [])).toContain(QUICK_SHUTDOWN);
  expect(serverArguments("10.0.0", null, [])).toContain(QUICK_SHUTDOWN);
});

test("arguments of the caller come last", () => {
  expect(serverArguments("6.0.5", null, ["--oplogSize", "1"]).slice(-2)).toEqual([
    "--oplogSize",
    "1",
  ]);
});
