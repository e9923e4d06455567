import { exactName } from "../../model/glob.ts";
import { targetDatabases } from "../../model/select-objects.ts";
import { failed, type Objection, type PrecheckContext, type Rule, warning } from "../rule.ts";

/** `admin` and `local` are never migrated, `config` only when named (R6); the metadata database is never a target. */
export const systemDatabases: Rule = {
  id: "system-databases",
  passed: "no system database is concerned",
  needsServers: false,
  check: (context) => [...systemSelections(context), ...metadataTargets(context)],
};

/** Patterns mean none of the three. */
function systemSelections({ migration }: PrecheckContext): Objection[] {
  return migration.objects.flatMap(({ database, as }) => {
    const source = exactName(database);
    const names = [source, as ?? source];
    const refused = names.find((name) => name === "admin" || name === "local");
    if (refused !== undefined) {
      return [failed(`${refused} can never be migrated`, "Take it out of spec.objects")];
    }
    if (!names.includes("config")) return [];
    return [
      warning(
        "config holds the deployment's own settings, which rarely fit another deployment",
        "Take it out of spec.objects unless you are sure",
      ),
    ];
  });
}

/** Also by a pattern, where the source itself was the destination of a migration. */
function metadataTargets({ migration, facts }: PrecheckContext): Objection[] {
  const { metadataDatabase } = migration;
  if (!targetDatabases(migration, facts.sourceDatabases).includes(metadataDatabase)) return [];
  return [
    failed(
      `${metadataDatabase} is the metadata database of this migration and would be written to`,
      "Choose another name with spec.metadataDatabase, or give this database a new name with `as`",
    ),
  ];
}
