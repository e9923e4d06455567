import type { ServerFacts } from "../../model/facts.ts";
import { type Rule, warning } from "../rule.ts";

/** The destination's release is not older than the source's, nor held back by its feature compatibility version. */
export const versions: Rule = {
  id: "versions",
  passed: "the destination's release is not older than the source's",
  needsServers: true,
  check: ({ facts }) => {
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
  },
};

/** What a server takes is decided by its feature compatibility version, where that is known. */
function releaseOf({ version, featureCompatibilityVersion }: ServerFacts): string {
  return featureCompatibilityVersion ?? version;
}

function describe(server: ServerFacts): string {
  const isHeldBack = compareReleases(releaseOf(server), server.version) !== 0;
  return isHeldBack
    ? `${server.version} (feature compatibility ${releaseOf(server)})`
    : server.version;
}

/** Compares `major.minor`; patch releases are compatible. */
function compareReleases(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
