import { failed, type Rule } from "../rule.ts";

/** What the spec asks for is something this version does. */
export const desiredMode: Rule = {
  id: "mode",
  passed: ({ migration }) =>
    migration.mode === "full"
      ? "full migration"
      : "full migration, then the source's changes are followed",
  needsServers: false,
  check: ({ migration }) => {
    if (migration.desiredState !== "cutover") return [];
    if (migration.mode === "full") {
      return [
        failed(
          "desiredState cutover: a full migration ends by itself and has no cutover",
          "Set desiredState: running",
        ),
      ];
    }
    return [
      failed(
        "desiredState cutover: this version follows the source's changes, but cannot cut over yet",
        "Set desiredState: running; to move, stop the application, wait until the migration is no longer delayed, then set desiredState: stopped",
      ),
    ];
  },
};
