import { expect, test } from "vitest";
import { timeProcess } from "../../../bench/start/time-process.ts";

const { signal } = new AbortController();

test("CPU time is that of the process, whatever it prints", async () => {
  const busy = "while (process.cpuUsage().user < 200_000); console.error('1 2 3'); console.log(4)";
  const { cpuSeconds, seconds } = await timeProcess(
    { args: ["-e", busy], cwd: ".", env: {} },
    signal,
  );
  expect(cpuSeconds).toBeGreaterThanOrEqual(0.19);
  expect(seconds).toBeGreaterThan(0);
});

test("a process that fails is no result, and what it said is told", async () => {
  const fail = "console.error('broken'); process.exitCode = 4";
  await expect(timeProcess({ args: ["-e", fail], cwd: ".", env: {} }, signal)).rejects.toThrow(
    "failed: broken",
  );
});
