/** What following the source's changes takes beyond the copy. Where it is lacking, the rule `privileges` says so. Pure. */
import type { DeploymentFacts } from "../model/facts.ts";
import { type Account, ANY_DATABASE, missingActions } from "../model/privileges.ts";
import { targetDatabases } from "../model/select-objects.ts";
import { grantByRole } from "./grant-commands.ts";
import { failed, type Objection, type PrecheckContext } from "./rule.ts";

/** One stream tells the changes of the whole deployment; rights on each of its databases do not open it (tried on 6.0.5). */
const STREAM = ["find", "changeStream"];
/**
 * To bring about what happens to collections and indexes. Renaming and dropping takes more, which the connectivity test asks
 * for already. `readWrite` holds all but `collMod` (tried on 6.0.5).
 */
const CHANGE = ["collMod", "dropIndex", "renameCollectionSameDB"];

export function lackingToFollow(context: PrecheckContext): readonly Objection[] {
  if (context.migration.mode === "full") return [];
  return [...lackingAtSource(context.facts.source), ...lackingAtDestination(context)];
}

function lackingAtSource({ connection, server }: DeploymentFacts): Objection[] {
  const account = server?.account ?? null;
  if (account === null) return [];
  const actions = missingActions(account.privileges, ANY_DATABASE, STREAM);
  if (actions.length === 0) return [];
  const resource = { ...ANY_DATABASE, collection: "" };
  const commands = grantByRole(account, "mongoferryFollowSource", [{ resource, actions: STREAM }]);
  return [
    failed(
      `the user of ${connection} may not: ${actions.join(", ")} on the collections of any database; the change stream that is followed is that of the whole deployment`,
      remedyOf(commands, "readAnyDatabase"),
    ),
  ];
}

interface Lack {
  readonly db: string;
  readonly actions: readonly string[];
}

function lackingAtDestination({ migration, facts }: PrecheckContext): Objection[] {
  const { connection, server } = facts.destination;
  const account = server?.account ?? null;
  if (account === null) return [];
  const lacks = targetDatabases(migration, facts.sourceDatabases)
    .map((db) => ({ db, actions: missingActions(account.privileges, { db }, CHANGE) }))
    .filter(({ actions }) => actions.length > 0);
  if (lacks.length === 0) return [];
  const gaps = lacks.map(({ db, actions }) => `${actions.join(", ")} on database ${db}`);
  const databases = lacks.map(({ db }) => db).join(", ");
  return [
    failed(
      `the user of ${connection} may not: ${gaps.join("; ")}; what happens to collections and indexes could not be followed`,
      remedyOf(grantChanges(account, lacks), `dbAdmin on ${databases}`),
    ),
  ];
}

function grantChanges(account: Account, lacks: readonly Lack[]): string {
  const granted = lacks.map(({ db, actions }) => ({ resource: { db, collection: "" }, actions }));
  return grantByRole(account, "mongoferryFollowDestination", granted);
}

function remedyOf(commands: string, atlasRoles: string): string {
  return `Set mode: full, or run in mongosh: ${commands}. Atlas keeps users itself: add ${atlasRoles} under Database Access`;
}
