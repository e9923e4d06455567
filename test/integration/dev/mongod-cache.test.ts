import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  forgetFailure,
  mongodCacheDirectory,
  recallFailure,
  rememberFailure,
} from "../../../dev/mongod/mongod-cache.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-cache-"));
  vi.stubEnv("XDG_CACHE_HOME", directory);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

test("a failed download is remembered for a day", async () => {
  await rememberFailure("mongodb-7", "no route", new Date("2025-01-01T12:00:00Z"));
  expect(await recallFailure("mongodb-7", new Date("2025-01-02T11:59:59Z"))).toBe("no route");
  expect(await recallFailure("mongodb-7", new Date("2025-01-02T12:00:00Z"))).toBeNull();
  expect(await recallFailure("mongodb-8", new Date("2025-01-01T12:00:00Z"))).toBeNull();
});

test("a success and a damaged file are no memory of a failure", async () => {
  const now = new Date();
  await rememberFailure("mongodb-7", "no route", now);
  await forgetFailure("mongodb-7");
  expect(await recallFailure("mongodb-7", now)).toBeNull();
  await writeFile(join(mongodCacheDirectory(), "mongodb-7.failed.json"), '{"reason":');
  expect(await recallFailure("mongodb-7", now)).toBeNull();
});
