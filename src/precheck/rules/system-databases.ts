import { failed, type Rule, warning } from "../rule.ts";

/** `admin` and `local` are never migrated, `config` only when named (R6); the metadata database is never a target. */
export const systemDatabases: Rule = {
  id: "system-databases",
  passed: "no system database is concerned",
  needsServers: false,
  check: ({ migration }) => [
    ...migration.objects.flatMap(({ database, as }) => {
      const names = [database, as ?? database];
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
    }),
    ...migration.objects
      .filter((selection) => (selection.as ?? selection.database) === migration.metadataDatabase)
      .map((selection) =>
        failed(
          `${selection.as ?? selection.database} is the metadata database of this migration`,
          "Choose another name with spec.metadataDatabase",
        ),
      ),
  ],
};
