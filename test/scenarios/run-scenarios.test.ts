/** Every folder beside this file, migrated between two replica sets and compared without the product's own verification. */
import { MongoClient } from "mongodb";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { borrowSet } from "../support/borrow-set.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import { isObjectRule } from "../support/scenario/object-rules.ts";
import { expectedContents } from "../support/scenario/expected-contents.ts";
import { actionLines } from "../support/scenario/run-migration.ts";
import {
  runScenario,
  type ScenarioEnds,
  type ScenarioResult,
} from "../support/scenario/run-scenario.ts";
import { type Expectation, readScenario } from "../support/scenario/scenario.ts";

const entries = await readdir(import.meta.dirname, { withFileTypes: true });
const names = entries
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

let ends: ScenarioEnds;

beforeAll(async () => {
  const [source, destination] = await Promise.all([
    // For scenarios that make, by fail points, what only old servers made.
    borrowSet("source"),
    borrowSet("destination"),
  ]);
  ends = {
    source: await MongoClient.connect(source.uri),
    destination: await MongoClient.connect(destination.uri),
    env: { SOURCE_URI: source.uri, DESTINATION_URI: destination.uri },
  };
});

afterAll(async () => {
  await Promise.all([ends?.source.close(), ends?.destination.close()]);
});

describe("scenarios", () => {
  it.each(names)("%s", async (name) => {
    const scenario = await readScenario(join(import.meta.dirname, name));
    const result = await runScenario(scenario, ends);
    const { expected } = scenario;
    expect(result.problems).toEqual(expected.problems);
    if (result.run !== null) judgeRun(result, expected);
    const wanted = expectedContents(expected, result.source, result.destinationBefore);
    expect(result.destination).toEqual(wanted);
  });

  it("are at least 40", () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
  });
});

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
