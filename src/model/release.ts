/** Releases of servers, such as `6.0`. */
import type { ServerFacts } from "./facts.ts";

/** What a server takes is decided by its feature compatibility version, where that is known. */
export function releaseOf({
  version,
  featureCompatibilityVersion,
}: Pick<ServerFacts, "version" | "featureCompatibilityVersion">): string {
  return featureCompatibilityVersion ?? version;
}

/** Compares `major.minor`; patch releases are compatible. */
export function compareReleases(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
