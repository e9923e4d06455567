import type { ServerFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { failed, type Rule } from "../rule.ts";

/** Bytes of `database.collection` that a server takes (MongoDB limits and thresholds). */
const LONGEST_NAMESPACE = 255;
/** The same before feature compatibility version 4.4. */
const LONGEST_NAMESPACE_BEFORE_4_4 = 120;
/** Bytes of a database name. */
const LONGEST_DATABASE = 63;

export const targetNames: Rule = {
  id: "target-names",
  passed: "the destination takes all names",
  needsServers: true,
  check: ({ selected, facts }) => {
    const longest = longestNamespace(facts.destination.server);
    return selected.objects
      .filter(
        ({ target }) =>
          Buffer.byteLength(formatNamespace(target)) > longest ||
          Buffer.byteLength(target.db) > LONGEST_DATABASE,
      )
      .map(({ target }) =>
        failed(
          `${formatNamespace(target)} is longer than the destination allows (${longest} bytes, database ${LONGEST_DATABASE})`,
          "Give it a shorter name with `as`",
        ),
      );
  },
};

function longestNamespace(server: ServerFacts | null): number {
  const release = server?.featureCompatibilityVersion ?? server?.version ?? "";
  const [major = 0, minor = 0] = release.split(".").map(Number);
  const isOld = major < 4 || (major === 4 && minor < 4);
  return isOld ? LONGEST_NAMESPACE_BEFORE_4_4 : LONGEST_NAMESPACE;
}
