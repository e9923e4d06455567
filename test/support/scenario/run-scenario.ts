/** A scenario from empty servers to what was found: loaded, migrated, read back. */
import type { MongoClient } from "mongodb";
import { fileURLToPath } from "node:url";
import { formatNamespace } from "../../../src/model/namespace.ts";
import { detectDrift } from "../../../src/plan/detect-drift.ts";
import { loadSpecs } from "../../../src/spec/load-specs.ts";
import { differenceLines } from "./difference-lines.ts";
import { type DeploymentContents, listUserDatabases, readDeployment } from "./read-deployment.ts";
import {
  actionLines,
  type MigrationEnv,
  type MigrationRun,
  planMigration,
  runMigration,
} from "./run-migration.ts";
import { loadScenarioData, runCommands } from "./scenario-data.ts";
import type { Scenario } from "./scenario.ts";

const CONNECTIONS = fileURLToPath(new URL("connections.yaml", import.meta.url));

export interface ScenarioEnds {
  readonly source: MongoClient;
  readonly destination: MongoClient;
  readonly env: MigrationEnv;
}

export interface ScenarioResult {
  /** Codes of the spec's problems; where there are some, nothing was run. */
  readonly problems: readonly string[];
  readonly run: MigrationRun | null;
  readonly source: DeploymentContents;
  readonly destinationBefore: DeploymentContents;
  readonly destination: DeploymentContents;
  /** Actions, and differences, of a plan that is made afterwards. */
  readonly second: readonly string[];
  /** What has drifted afterwards. */
  readonly drift: readonly string[];
}

export async function runScenario(scenario: Scenario, ends: ScenarioEnds): Promise<ScenarioResult> {
  await Promise.all([empty(ends.source), empty(ends.destination)]);
  await Promise.all([
    loadScenarioData(ends.source, scenario.source),
    loadScenarioData(ends.destination, scenario.destination),
  ]);
  const [source, destinationBefore] = await readBoth(ends);
  const specs = await loadSpecs([CONNECTIONS, scenario.specFile], { cwd: "/" });
  const problems = specs.problems.map(({ code }) => code);
  const [migration] = specs.migrations;
  const before = { problems, source, destinationBefore };
  if (problems.length > 0 || migration === undefined) {
    return { ...before, run: null, destination: destinationBefore, second: [], drift: [] };
  }
  const run = await runMigration(migration, ends.env);
  const [, destination] = await readBoth(ends);
  await runCommands(ends.source, scenario.writes.source);
  await runCommands(ends.destination, scenario.writes.destination);
  const { plan, facts } = await planMigration(migration, ends.env);
  const drift = detectDrift(migration, facts, new Date(0)).items;
  return {
    ...before,
    run,
    destination,
    second: [...actionLines(plan), ...differenceLines(plan)],
    drift: drift.map((item) => `${item.drift} ${formatNamespace(item.target)}`),
  };
}

async function readBoth({
  source,
  destination,
}: ScenarioEnds): Promise<[DeploymentContents, DeploymentContents]> {
  return Promise.all([readDeployment(source), readDeployment(destination)]);
}

async function empty(client: MongoClient): Promise<void> {
  const names = [...(await listUserDatabases(client)), "mongoferry"];
  await Promise.all(names.map(async (name) => client.db(name).dropDatabase()));
}
