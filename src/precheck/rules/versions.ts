import { warning, type Rule } from "../rule.ts";

/** The destination's release is not older than the source's. */
export const versions: Rule = {
  id: "versions",
  passed: "the destination's release is not older than the source's",
  needsServers: true,
  check: ({ facts }) => {
    const source = facts.source.server?.version ?? "";
    const destination = facts.destination.server?.version ?? "";
    if (compareReleases(destination, source) >= 0) return [];
    return [
      warning(
        `the destination runs ${destination}, older than the source's ${source}: options that came later are refused when collections are created`,
        "Prefer a destination of the same or a later release",
      ),
    ];
  },
};

/** Compares `major.minor`; patch releases are compatible. */
function compareReleases(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
