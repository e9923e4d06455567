/** The versions of MongoDB that can be migrated, and how a server tells its version before anyone has logged in. */
import { type ConnectivityFailure, serverTooOld } from "./connectivity-failure.ts";

/** The driver itself refuses servers below this wire version, and does not say so in a form that could be read. */
const OLDEST = { wireVersion: 9, release: "4.4" };

/** `maxWireVersion` of releases too old, from the server's `wire_version.h`. */
const RELEASES: readonly string[] = [
  "2.4 or older",
  "2.4 or older",
  "2.6",
  "3.0",
  "3.2",
  "3.4",
  "3.6",
  "4.0",
  "4.2",
];

/** Null for a server that is new enough. */
export function checkWireVersion(host: string, maxWireVersion: number): ConnectivityFailure | null {
  if (maxWireVersion >= OLDEST.wireVersion) return null;
  return serverTooOld(host, RELEASES[maxWireVersion] ?? "of an unknown version", OLDEST.release);
}

export function tooOldForDriver(host: string): ConnectivityFailure {
  return serverTooOld(host, `older than ${OLDEST.release}`, OLDEST.release);
}
