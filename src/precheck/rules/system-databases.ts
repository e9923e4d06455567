import { exactName } from "../../model/glob.ts";
import { targetDatabases } from "../../model/select-objects.ts";
import { failed, type Objection, type PrecheckContext, type Rule, warning } from "../rule.ts";

/**
 * `admin` and `local` are never migrated, `config` only when named (R6); the metadata database is never a target. Servers
 * refuse a name that differs from another by letter case only (code 13297), so `Admin` is no way around it.
 */
export const systemDatabases: Rule = {
  id: "system-databases",
  passed: "no system database is concerned",
  needsServers: false,
  check: (context) => [...systemSelections(context), ...metadataTargets(context)],
};

const NEVER_MIGRATED = /^(?:admin|local)$/iu;
const CONFIG = "config";
const CONFIG_BY_CASE = /^config$/iu;

/** Patterns mean none of the three. */
function systemSelections({ migration: { objects, mode } }: PrecheckContext): Objection[] {
  return objects.flatMap(({ database, as }) => {
    const source = exactName(database);
    const names = [source, as ?? source];
    const refused = names.find((name) => name !== null && NEVER_MIGRATED.test(name));
    if (refused !== undefined) {
      return [failed(`${refused} can never be migrated`, "Take it out of spec.objects")];
    }
    const unlike = [as ?? source].find(
      (name) => name !== null && name !== CONFIG && CONFIG_BY_CASE.test(name),
    );
    if (unlike !== undefined) {
      return [
        failed(
          `${unlike} differs from config by letter case only, which a server refuses`,
          "Map the database to another name with `as`",
        ),
      ];
    }
    if (!names.includes(CONFIG)) return [];
    if (source === CONFIG && mode !== "full") {
      return [
        failed(
          "a change stream of the whole deployment tells nothing of config, so that it cannot be followed",
          "Take it out of spec.objects, or migrate it by a migration of its own in mode full",
        ),
      ];
    }
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
  const isLike = (name: string): boolean => name.toLowerCase() === metadataDatabase.toLowerCase();
  const targets = targetDatabases(migration, facts.sourceDatabases).filter(isLike);
  const remedy =
    "Choose another name with spec.metadataDatabase, or give this database a new name with `as`";
  if (targets.includes(metadataDatabase)) {
    return [
      failed(
        `${metadataDatabase} is the metadata database of this migration and would be written to`,
        remedy,
      ),
    ];
  }
  const other = [...targets, ...facts.destinationDatabases.filter(isLike)].find(
    (name) => name !== metadataDatabase,
  );
  if (other === undefined) return [];
  return [
    failed(
      `${other} differs from ${metadataDatabase}, the metadata database, by letter case only, which a server refuses`,
      remedy,
    ),
  ];
}
