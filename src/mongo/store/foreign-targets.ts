/** What other migrations have written to, by the records that each makes before it creates a target. */
import type { ForeignTarget } from "../../model/facts.ts";
import { hasEnded } from "../../model/run.ts";
import { operation } from "../operation-error.ts";
import { fromNamespaceText, type StoreCollections } from "./documents.ts";

export async function listForeignTargets(
  { collections, migrations }: StoreCollections,
  migration: string,
  databases: readonly string[],
): Promise<readonly ForeignTarget[]> {
  if (databases.length === 0) return [];
  return operation("list other migrations' targets", migration, async () => {
    const found = await collections
      .find(
        { migration: { $ne: migration }, $or: databases.map(inDatabase) },
        { projection: { _id: 0, migration: 1, target: 1 } },
      )
      .toArray();
    const others = [...new Set(found.map((record) => record.migration))];
    const runs = await migrations.find({ _id: { $in: others } }).toArray();
    const ended = new Set(runs.filter(({ phase }) => hasEnded(phase)).map(({ _id }) => _id));
    return found.map((record) => ({
      migration: record.migration,
      target: fromNamespaceText(record.target),
      isEnded: ended.has(record.migration),
    }));
  });
}

/** A range rather than a pattern: names of databases have no dot, and `/` comes right behind it. */
function inDatabase(database: string) {
  return { target: { $gte: `${database}.`, $lt: `${database}/` } };
}
