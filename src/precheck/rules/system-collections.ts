import { formatNamespace, FUNCTIONS } from "../../model/namespace.ts";
import { type Rule, warning } from "../rule.ts";

/** Served by what they belong to: views and time-series collections. */
const PART_OF_OTHERS = /^system\.(views|buckets\..*)$/;

/** Collections that servers keep for themselves, such as the profiler's, are named, not copied (R6). */
export const systemCollections: Rule = {
  id: "system-collections",
  passed: "no system collections are left behind",
  needsServers: true,
  check: ({ facts }) =>
    facts.sourceCollections
      .map(({ namespace }) => namespace)
      .filter(
        ({ coll }) =>
          coll.startsWith("system.") && coll !== FUNCTIONS && !PART_OF_OTHERS.test(coll),
      )
      .map((namespace) =>
        warning(
          `${formatNamespace(namespace)} belongs to the server and is not migrated`,
          "Nothing is to be done, unless you want the profiler at the destination: set it there",
        ),
      ),
};
