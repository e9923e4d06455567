import type { MongoClient } from "mongodb";
import { formatBytes, formatCount } from "../../src/base/format-quantity.ts";
import { compareSides } from "./compare-sides.ts";
import { RENAMED, SOURCE_DATABASE, TARGET_DATABASE } from "./demo-spec.ts";
import type { Stage } from "./open-stage.ts";
import { DemoFailure } from "./run-cli.ts";
import { showComparison, sumObjects } from "./show-comparison.ts";
import type { Tell } from "./tell.ts";

/** @throws DemoFailure where the sides are not equal, or the destination has anything else. */
export async function verifySides(stage: Stage, tell: Tell, stop: AbortSignal): Promise<void> {
  tell.step("Trust nothing: read both sides with the plain driver and compare every byte");
  const startedAt = performance.now();
  const objects = await compareSides(
    {
      source: stage.oldClient.db(SOURCE_DATABASE),
      target: stage.newClient.db(TARGET_DATABASE),
      renamed: RENAMED,
      isExcluded: (name) => name.startsWith("tmp_"),
    },
    stop,
  );
  showComparison(objects, tell);
  const databases = await listForeignDatabases(stage.newClient);
  if (databases.length > 0) {
    throw new DemoFailure(`the destination has other databases, too: ${databases.join(", ")}`);
  }
  const differing = objects.filter(({ differences }) => differences.length > 0);
  if (objects.length === 0 || differing.length > 0) {
    throw new DemoFailure(`${differing.length} of ${objects.length} objects are not equal`);
  }
  const { documentCount, dataBytes, indexCount } = sumObjects(objects);
  const amount = `${formatCount(documentCount)} documents, ${formatBytes(dataBytes)}`;
  const indexes = `${indexCount} indexes with those on _id`;
  tell.done(`${amount}, ${indexes}: all equal, and nothing else is there`, startedAt);
}

/** Databases of the destination that nobody asked for. */
async function listForeignDatabases(client: MongoClient): Promise<readonly string[]> {
  const expected = new Set(["admin", "config", "local", "mongoferry", TARGET_DATABASE]);
  const { databases } = await client.db("admin").admin().listDatabases({ nameOnly: true });
  return databases.map(({ name }) => name).filter((name) => !expected.has(name));
}
