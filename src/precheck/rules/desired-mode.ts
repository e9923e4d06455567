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
    if (migration.mode !== "full") return [];
    return [
      failed(
        "desiredState cutover: a full migration ends by itself and has no cutover",
        "Set desiredState: running",
      ),
    ];
  },
};
