import type { ServerFacts } from "../../model/facts.ts";
import { formatNamespace, FUNCTIONS } from "../../model/namespace.ts";
import { type SelectedObject } from "../../model/select-objects.ts";
import { failed, objectsToMake, type Rule } from "../rule.ts";

/** Bytes of `database.collection` that a server takes (MongoDB limits and thresholds). */
const LONGEST_NAMESPACE = 255;
/** The same before feature compatibility version 4.4. */
const LONGEST_NAMESPACE_BEFORE_4_4 = 120;
/** Bytes of a database name. */
const LONGEST_DATABASE = 63;
/** Refused in database names on Linux (tried on 6.0.5, code 73; the driver refuses the dot). */
const NOT_IN_DATABASES = ["/", "\\", ".", " ", '"', "$", "\0"];
const NOT_IN_COLLECTIONS = ["$", "\0"];

/** Every name is one that the destination takes; names that differ by letter case are a matter of mapping-collisions. */
export const targetNames: Rule = {
  id: "target-names",
  passed: "the destination takes all names",
  needsServers: true,
  check: ({ selected, facts }) => {
    const longest = longestNamespace(facts.destination.server);
    return objectsToMake({ selected }).flatMap((object) =>
      reasonsAgainst(object, longest).map((reason) =>
        failed(`${formatNamespace(object.target)} ${reason}`, remedyFor(reason)),
      ),
    );
  },
};

function reasonsAgainst({ target, source }: SelectedObject, longest: number): readonly string[] {
  // The buckets' name is the longest that a time-series collection has.
  const buckets = source.kind === "timeseries" ? "system.buckets." : "";
  const length = Buffer.byteLength(`${target.db}.${buckets}${target.coll}`);
  const isTooLong = length > longest || Buffer.byteLength(target.db) > LONGEST_DATABASE;
  const reasons = [
    isTooLong
      ? `is longer than the destination allows (${longest} bytes, database ${LONGEST_DATABASE})`
      : null,
    target.db === "" || target.coll === "" ? "has an empty part" : null,
    refusedCharacters("database", target.db, NOT_IN_DATABASES),
    refusedCharacters("collection", target.coll, NOT_IN_COLLECTIONS),
    target.coll.startsWith(".") ? "begins, as a collection, with a dot" : null,
    target.coll.startsWith("system.") && target.coll !== FUNCTIONS
      ? "begins with system., which servers keep for themselves"
      : null,
    ...source.indexes
      .filter(({ name }) => name === "*" || name === "")
      .map(({ name }) => `has an index called ${JSON.stringify(name)}, which is refused`),
  ];
  return reasons.filter((reason) => reason !== null);
}

function refusedCharacters(part: string, name: string, refused: readonly string[]): string | null {
  const found = refused.filter((character) => name.includes(character));
  if (found.length === 0) return null;
  const shown = found.map((character) => JSON.stringify(character)).join(", ");
  return `has ${shown} in the name of its ${part}, which the destination refuses`;
}

function remedyFor(reason: string): string {
  if (reason.includes("longer")) return "Give it a shorter name with `as`";
  return reason.includes("index")
    ? "Create the index at the source again under another name"
    : "Give it another name with `as`";
}

function longestNamespace(server: ServerFacts | null): number {
  const release = server?.featureCompatibilityVersion ?? server?.version ?? "";
  const [major = 0, minor = 0] = release.split(".").map(Number);
  const isOld = major < 4 || (major === 4 && minor < 4);
  return isOld ? LONGEST_NAMESPACE_BEFORE_4_4 : LONGEST_NAMESPACE;
}
