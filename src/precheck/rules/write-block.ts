import { missingActions } from "../../model/privileges.ts";
import { compareReleases, releaseOf } from "../../model/release.ts";
import { grantByRole } from "../grant-commands.ts";
import { failed, type PrecheckContext, type Rule, warning } from "../rule.ts";

/** From here on servers know `setUserWriteBlockMode`. */
const OLDEST = "6.0";
const BYPASS = "bypassWriteBlockingMode";
/** To block, and to see whether somebody else has. */
const BLOCK = ["setUserWriteBlockMode", "serverStatus"];

/** Whether the source can be made to refuse writes, where the cutover is to do that. */
export const writeBlock: Rule = {
  id: "write-block",
  passed: ({ migration }) =>
    asksForBlock(migration)
      ? "the source can be made to refuse writes"
      : "the source is not asked to refuse writes",
  needsServers: true,
  check: ({ migration, facts: { source } }) => {
    if (!asksForBlock(migration) || source.server === null) return [];
    const { connection, server } = source;
    if (compareReleases(releaseOf(server), OLDEST) < 0) {
      return [
        failed(
          `cutover.blockSourceWrites: ${connection} runs ${releaseOf(server)}, and servers can refuse writes from ${OLDEST} on`,
          "Leave it out, and keep the application from writing at the cutover",
        ),
      ];
    }
    if (server.account === null) return [];
    const { account } = server;
    const missing = missingActions(account.privileges, null, BLOCK);
    if (missing.length > 0) {
      const granted = [{ resource: { cluster: true }, actions: BLOCK }];
      return [
        failed(
          `cutover.blockSourceWrites: the user of ${connection} may not: ${missing.join(", ")}`,
          `Leave it out, or run in mongosh: ${grantByRole(account, "mongoferryBlockSource", granted)}`,
        ),
      ];
    }
    return [
      warning(
        `cutover.blockSourceWrites: accounts of ${connection} with the action ${BYPASS}, as the roles root and restore have it, write on`,
        "See that the application uses none of them",
      ),
    ];
  },
};

function asksForBlock({ mode, cutover }: PrecheckContext["migration"]): boolean {
  return mode === "full-and-incremental" && cutover.blockSourceWrites;
}
