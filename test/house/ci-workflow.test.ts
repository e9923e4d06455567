import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
// @ts-expect-error a script without types
import { RELEASES } from "../../scripts/node-releases.mjs";

interface Job {
  readonly needs?: readonly string[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly { readonly run?: string }[];
}

const text = await readFile(new URL("../../.github/workflows/ci.yml", import.meta.url), "utf8");
const { jobs } = parse(text) as { readonly jobs: Readonly<Record<string, Job>> };

function commandsOf(job: string): string {
  return (jobs[job]?.steps ?? []).map(({ run }) => run ?? "").join("\n");
}

test("every shard runs, and its report is one of those that are added up", () => {
  const shards = jobs["test"]?.strategy?.matrix["shard"] ?? [];
  expect(shards).toEqual(Array.from({ length: shards.length }, (_, at) => at + 1));
  expect(commandsOf("test")).toContain(`--shard="$SHARD/${shards.length}"`);
  expect(commandsOf("test")).toContain(`--outputFile.json="test-reports/test-$SHARD.json"`);
  expect(commandsOf("totals")).toContain(`test-reports/test-{${shards.join(",")}}.json`);
  expect(commandsOf("flow")).toContain("--outputFile.json=test-reports/flow.json");
  expect(commandsOf("totals")).toContain("test-reports/flow.json");
});

test("the totals wait for all other jobs", () => {
  const others = Object.keys(jobs).filter((name) => name !== "totals");
  expect(jobs["totals"]?.needs?.toSorted()).toEqual(others.toSorted());
});

test("the tests run on each release of Node that test:node knows", () => {
  expect(jobs["node"]?.strategy?.matrix["node"]).toEqual(RELEASES);
});
