import { isCapped } from "../../model/document-storage.ts";
import { compareReleases, releaseOf } from "../../model/release.ts";
import { formatNamespace, FUNCTIONS } from "../../model/namespace.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import {
  failed,
  type Objection,
  objectsToMake,
  type PrecheckContext,
  type Rule,
  warning,
} from "../rule.ts";

/** From here on change streams tell of indexes, options and renamed collections too (`showExpandedEvents`). */
const OLDEST = "6.0";
/** Servers delete from capped collections from here on. */
const CAPPED_DELETES = "5.0";

/**
 * The change stream that is followed tells all that happens to the selected objects. It tells nothing of what is written to time
 * series or to stored functions (seen on 6.0.5).
 */
export const changeStream: Rule = {
  id: "change-stream",
  passed: ({ migration }) =>
    migration.mode === "full"
      ? "a full migration does not read a change stream"
      : "the change stream tells all that happens to the selected objects",
  needsServers: true,
  check: (context) =>
    context.migration.mode === "full"
      ? []
      : [
          ...judgeRelease(context),
          ...objectsToMake(context).flatMap(judgeObject),
          ...judgeCapped(context),
        ],
};

function judgeRelease({ facts: { source } }: PrecheckContext): Objection[] {
  const { connection, server } = source;
  if (server === null || compareReleases(releaseOf(server), OLDEST) >= 0) return [];
  const { version, featureCompatibilityVersion } = server;
  const need = `change streams that tell of collections and indexes too are of ${OLDEST} and later`;
  if (compareReleases(version, OLDEST) < 0) {
    return [
      failed(
        `${connection} runs ${version}; ${need}`,
        `Set mode: full, or upgrade the source to ${OLDEST}`,
      ),
    ];
  }
  return [
    failed(
      `${connection} runs ${version} with feature compatibility version ${featureCompatibilityVersion}; ${need}`,
      `Set mode: full, or run at the source, as a user with the role clusterAdmin: db.adminCommand({setFeatureCompatibilityVersion: "${OLDEST}"})`,
    ),
  ];
}

/** What a capped collection forgets is told as deletions, which older servers refuse there (code 20; tried on 4.4.2). */
function judgeCapped(context: PrecheckContext): Objection[] {
  const { connection, server } = context.facts.destination;
  if (server === null || compareReleases(releaseOf(server), CAPPED_DELETES) >= 0) return [];
  return objectsToMake(context)
    .filter(({ options }) => isCapped(options))
    .map(({ source }) =>
      failed(
        `${formatNamespace(source.namespace)} is capped, and ${connection} runs ${releaseOf(server)}: servers before ${CAPPED_DELETES} refuse to delete from capped collections, as the source does when one is full`,
        `Leave it out with \`exclude\`, or upgrade the destination to ${CAPPED_DELETES}`,
      ),
    );
}

function judgeObject({ source: { namespace, kind } }: SelectedObject): Objection[] {
  const name = formatNamespace(namespace);
  if (kind === "timeseries") {
    return [
      failed(
        `${name} is a time-series collection: change streams do not tell what is written to it`,
        "Leave it out with `exclude`, or migrate it by a migration of its own with mode: full",
      ),
    ];
  }
  if (namespace.coll !== FUNCTIONS) return [];
  return [
    warning(
      `${name} holds stored functions, which are copied once: change streams do not tell when they change`,
      "Do not change them until the migration has ended, or migrate them again by a migration of their own with mode: full",
    ),
  ];
}
