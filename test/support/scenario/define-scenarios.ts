/** Every folder beside the tests, migrated between two replica sets and compared without the product's own verification. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatNamespace } from "../../../src/model/namespace.ts";
import { openTwoEnds, type TwoEnds } from "../two-ends.ts";
import { expectedContents } from "./expected-contents.ts";
import { isObjectRule } from "./object-rules.ts";
import { actionLines } from "./run-migration.ts";
import { runScenario, type ScenarioEnds, type ScenarioResult } from "./run-scenario.ts";
import { type Expectation, readScenario } from "./scenario.ts";

const FOLDER = fileURLToPath(new URL("../../scenarios/", import.meta.url));
const PARTS = 3;

export async function listScenarios(): Promise<readonly string[]> {
  const entries = await readdir(FOLDER, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** Defines the tests of every third scenario, from this one on: files of about the same length, which run side by side. */
export async function defineScenarios(part: number): Promise<void> {
  const names = await listScenarios();
  let opened: TwoEnds;
  let ends: ScenarioEnds;

  beforeAll(async () => {
    opened = await openTwoEnds();
    ends = { source: opened.client, destination: opened.there, env: opened.uris };
  });

  afterAll(async () => opened?.[Symbol.asyncDispose]());

  describe("scenarios", () => {
    it.each(names.filter((_, position) => position % PARTS === part))("%s", async (name) => {
      const scenario = await readScenario(join(FOLDER, name));
      const result = await runScenario(scenario, ends);
      const { expected } = scenario;
      expect(result.problems).toEqual(expected.problems);
      if (result.run !== null) judgeRun(result, expected);
      const wanted = expectedContents(expected, result.source, result.destinationBefore);
      expect(result.destination).toEqual(wanted);
    });
  });
}

function judgeRun({ run, second, drift }: ScenarioResult, expected: Expectation): void {
  const objections = run?.findings
    .filter(
      ({ rule, result }) => result === "failed" || (result === "warning" && isObjectRule(rule)),
    )
    .map(({ rule, result, message }) => ({ rule, result, message }));
  expect(objections).toEqual(
    expected.findings.map((finding) => ({
      ...finding,
      message: expect.stringContaining(finding.message),
    })),
  );
  expect(run).toMatchObject({
    exitCode: expected.exitCode,
    message: expect.stringContaining(expected.message ?? ""),
  });
  const failures = run?.indexFailures.map(({ target, index, cause, examples }) => {
    return { index: `${formatNamespace(target)} ${index}`, cause, examples };
  });
  expect(failures).toEqual(expected.failedIndexes);
  if (expected.plan !== null) expect(run?.plan && actionLines(run.plan)).toEqual(expected.plan);
  if (expected.exitCode <= 1) expect(second).toEqual(expected.second);
  if (expected.drift !== null) expect(drift).toEqual(expected.drift);
}
