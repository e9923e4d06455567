/** After each test file: every server it started is stopped, and every socket and child process it opened is closed. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect } from "vitest";
import { listRunDirectories } from "../../dev/mongod/run-directory.ts";
import { returnSets } from "./borrow-set.ts";

/** Timers and file reads are left out: the test runner has some of its own at any time. */
const WATCHED = new Set(["TCPSocketWrap", "TCPServerWrap", "TLSWrap", "PipeWrap", "ProcessWrap"]);
/** Closing takes the event loop a few turns, and a loaded machine some more. */
const GRACE_MS = 5_000;

const before = countResources();

afterAll(async () => {
  const deadline = performance.now() + GRACE_MS;
  while (leakedResources().length > 0 && performance.now() < deadline) await delay(20);
  expect(leakedResources(), "sockets, servers or child processes left open").toEqual([]);
  expect(await listRunDirectories(), "servers left running").toEqual([]);
  await returnSets();
});

function leakedResources(): string[] {
  return [...countResources()]
    .filter(([type, count]) => count > (before.get(type) ?? 0))
    .map(([type, count]) => `${type}: ${count}, before: ${before.get(type) ?? 0}`);
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (WATCHED.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
