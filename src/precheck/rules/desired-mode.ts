import { failed, type Rule } from "../rule.ts";

/** What the spec asks for is something this version does. */
export const desiredMode: Rule = {
  id: "mode",
  passed: "full migration",
  needsServers: false,
  check: ({ migration }) => [
    ...(migration.mode === "full"
      ? []
      : [
          failed(
            `mode ${migration.mode}: this version copies, but does not follow the source's changes`,
            "Set mode: full, and let nothing write to the source meanwhile",
          ),
        ]),
    ...(migration.desiredState === "cutover"
      ? [
          failed(
            "desiredState cutover: a full migration ends by itself and has no cutover",
            "Set desiredState: running",
          ),
        ]
      : []),
  ],
};
