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
      : [...judgeRelease(context), ...objectsToMake(context).flatMap(judgeObject)],
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
