import { listSome } from "../../base/list-some.ts";
import { compareReleases, releaseOf } from "../../model/release.ts";
import type { DeploymentFacts, ServerFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import {
  failed,
  type Objection,
  objectsToMake,
  type PrecheckContext,
  type Rule,
  serversOf,
  undecided,
  warning,
} from "../rule.ts";
import {
  releaseRow,
  SERVER_FEATURES,
  SERVER_RELEASES,
  type ServerFeature,
} from "../server-releases.ts";

/** The destination takes what the source has: by its release, and by the feature compatibility version that may hold it back. */
export const versions: Rule = {
  id: "versions",
  passed: ({ facts }) => {
    const source = describe(facts.source.server);
    const destination = describe(facts.destination.server);
    return source === destination ? `both ${source}` : `${source} → ${destination}`;
  },
  needsServers: true,
  check: (context) => [
    ...serversOf(context.facts).flatMap(({ deployment, server }) =>
      judgeRelease(deployment, server),
    ),
    ...judgePair(context),
    ...judgeFeatures(context),
  ],
};

function judgeRelease({ connection }: DeploymentFacts, { version }: ServerFacts): Objection[] {
  const row = releaseRow(version);
  if (row === null || row.standing === "refused") {
    return [
      failed(
        `${connection} runs ${version}; the oldest release that the driver talks to is ${oldestRelease()}`,
        `Upgrade it to ${oldestRelease()} or later`,
      ),
    ];
  }
  const newest = SERVER_RELEASES.at(-1)?.release ?? "";
  const isUnknown = Number.parseInt(version, 10) > Number.parseInt(newest, 10);
  if (!isUnknown) return [];
  return [
    warning(
      `${connection} runs ${version}, a release that this version of mongoferry does not know`,
      "Look for a newer version of mongoferry, or try the migration with a part of the data first",
    ),
  ];
}

function oldestRelease(): string {
  return SERVER_RELEASES.find(({ standing }) => standing !== "refused")?.release ?? "";
}

function judgePair({ facts }: PrecheckContext): Objection[] {
  const source = facts.source.server;
  const destination = facts.destination.server;
  if (source === null || destination === null) return [];
  if (compareReleases(releaseOf(destination), releaseOf(source)) >= 0) return [];
  return [
    warning(
      `the destination runs ${describe(destination)}, older than the source's ${describe(source)}: options that came later are refused when collections are created`,
      "Prefer a destination of the same or a later release",
    ),
  ];
}

/** Features in use that the destination is too old for, and those that hang on a version which it does not tell. */
function judgeFeatures({ facts, selected }: PrecheckContext): Objection[] {
  const { connection, server } = facts.destination;
  if (server === null) return [];
  const collections = objectsToMake({ selected }).map(({ source }) => source);
  return SERVER_FEATURES.flatMap((feature) => {
    const using = collections.filter(feature.isUsedBy).map((c) => formatNamespace(c.namespace));
    if (using.length === 0) return [];
    if (compareReleases(releaseOf(server), feature.since) < 0) {
      return [refuseFeature(feature, using, connection, server)];
    }
    return dependsOnUnknown(feature, server) ? [doubtFeature(feature, using, connection)] : [];
  });
}

function refuseFeature(
  { name, since }: ServerFeature,
  using: readonly string[],
  connection: string,
  server: ServerFacts,
): Objection {
  return failed(
    `${connection} runs ${describe(server)}, which has no ${name} (${since} and later); used by ${listSome(using)}`,
    `Use a destination of ${since} or later with that feature compatibility version, or leave them out with \`exclude\``,
  );
}

function doubtFeature(
  { name, since }: ServerFeature,
  using: readonly string[],
  connection: string,
): Objection {
  return undecided(
    `the account may not read the feature compatibility version of ${connection}; ${name} need ${since}; used by ${listSome(using)}`,
    `Check that db.adminCommand({getParameter: 1, featureCompatibilityVersion: 1}) shows ${since} or later`,
  );
}

/** A server may be held back to the release before its own, but no further. */
function dependsOnUnknown({ since }: ServerFeature, server: ServerFacts): boolean {
  if (server.featureCompatibilityVersion !== null) return false;
  const own = releaseRow(server.version)?.release ?? "";
  const before = SERVER_RELEASES.findLast(({ release }) => compareReleases(release, own) < 0);
  return before === undefined || compareReleases(since, before.release) > 0;
}

function describe(server: ServerFacts | null): string {
  if (server === null) return "unknown";
  const isHeldBack = compareReleases(releaseOf(server), server.version) !== 0;
  return isHeldBack
    ? `${server.version} (feature compatibility ${releaseOf(server)})`
    : server.version;
}
