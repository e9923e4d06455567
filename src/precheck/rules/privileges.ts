import type { DeploymentFacts } from "../../model/facts.ts";
import { formatNamespace, type Namespace, FUNCTIONS } from "../../model/namespace.ts";
import { type Account, missingActions } from "../../model/privileges.ts";
import { lackingToFollow } from "../following-rights.ts";
import { grantByRole, grantRoles } from "../grant-commands.ts";
import {
  failed,
  objectsToMake,
  type Objection,
  type PrecheckContext,
  type Rule,
  warning,
} from "../rule.ts";

const READ = ["find", "listIndexes", "collStats"];
const WRITE = ["insert", "update", "remove"];

interface Lack {
  readonly namespace: Namespace;
  readonly actions: readonly string[];
}

/**
 * What single collections need beyond what the connectivity test asks for on databases: `read` and `readWrite` leave out the
 * buckets of time-series collections, and the right to write what a validator refuses (both tried on 6.0.5). Reading
 * documents may be granted on single collections in the first place. Following changes takes more, on whole databases.
 */
export const privileges: Rule = {
  id: "privileges",
  passed: "both accounts have what the selected objects need",
  needsServers: true,
  check: (context) => [
    ...lackingAtSource(context),
    ...lackingAtDestination(context),
    ...lackingToFollow(context),
    ...lackingBypass(context),
  ],
};

function lackingAtSource({ facts: { source }, selected }: PrecheckContext): readonly Objection[] {
  const needs = objectsToMake({ selected }).flatMap(({ source: { namespace, kind } }) => [
    ...needOf(namespace, kind === "timeseries", READ),
    // The connectivity test has let it pass where any collection is granted by itself.
    ...(kind === "collection" && namespace.coll !== FUNCTIONS
      ? [{ namespace, actions: ["find"] }]
      : []),
  ]);
  return refuse(source, lacksOf(source, needs), "mongoferrySource", "readAnyDatabase");
}

function lackingAtDestination({ facts, selected }: PrecheckContext): readonly Objection[] {
  const { destination } = facts;
  const needs = objectsToMake({ selected }).flatMap(({ target, source }) =>
    needOf(target, source.kind === "timeseries", [...READ, ...WRITE]),
  );
  const lacks = lacksOf(destination, needs);
  return refuse(destination, lacks, "mongoferryDestination", "readWriteAnyDatabase");
}

/** What is not a matter of the whole database, on which the connectivity test has looked already. */
function needOf(namespace: Namespace, isTimeSeries: boolean, actions: readonly string[]): Lack[] {
  const { db, coll } = namespace;
  if (isTimeSeries) return [{ namespace: { db, coll: `system.buckets.${coll}` }, actions }];
  return coll === FUNCTIONS ? [{ namespace, actions }] : [];
}

function lacksOf({ server }: DeploymentFacts, needs: readonly Lack[]): readonly Lack[] {
  const account = server?.account ?? null;
  if (account === null) return [];
  return needs
    .map(({ namespace, actions }) => ({
      namespace,
      actions: missingActions(account.privileges, namespace, actions),
    }))
    .filter(({ actions }) => actions.length > 0);
}

function refuse(
  { connection, server }: DeploymentFacts,
  lacks: readonly Lack[],
  role: string,
  atlasRole: string,
): readonly Objection[] {
  const account = server?.account ?? null;
  if (account === null || lacks.length === 0) return [];
  const gaps = lacks.map(
    ({ namespace, actions }) => `${actions.join(", ")} on ${formatNamespace(namespace)}`,
  );
  return [
    failed(
      `the user of ${connection} may not: ${gaps.join("; ")}`,
      `Leave these out with \`exclude\`, or run in mongosh: ${grantOf(account, lacks, role)}. Atlas keeps users itself: add ${atlasRole} under Database Access`,
    ),
  ];
}

function lackingBypass({ facts: { destination }, selected }: PrecheckContext): Objection[] {
  const account = destination.server?.account ?? null;
  const needs = objectsToMake({ selected })
    .filter(({ options }) => options.fields.has("validator"))
    .map(({ target }) => ({ namespace: target, actions: ["bypassDocumentValidation"] }));
  const lacks = lacksOf(destination, needs);
  if (account === null || lacks.length === 0) return [];
  const names = lacks.map(({ namespace }) => formatNamespace(namespace)).join(", ");
  const databases = [...new Set(lacks.map(({ namespace }) => namespace.db))];
  const grants = databases.map((db) => ({ role: "dbAdmin", db }));
  return [
    warning(
      `the user of ${destination.connection} may not bypassDocumentValidation, and there are validators on ${names}: the copy ends with an error, which names the document, if one breaks its collection's validator under validationAction error`,
      `Correct such documents at the source (db.collection.find({$nor: [VALIDATOR]}) finds them), or run in mongosh: ${grantRoles(account, grants)} (in Atlas: dbAdmin under Database Access)`,
    ),
  ];
}

function grantOf(account: Account, lacks: readonly Lack[], role: string): string {
  const granted = lacks.map(({ namespace: { db, coll }, actions }) => ({
    resource: { db, collection: coll },
    actions,
  }));
  return grantByRole(account, role, granted);
}
