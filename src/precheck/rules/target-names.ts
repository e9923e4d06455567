import { formatNamespace } from "../../model/namespace.ts";
import { failed, type Rule } from "../rule.ts";

/** Bytes of `database.collection` a server takes: 120 up to 4.2, 255 since 4.4 (MongoDB limits and thresholds). */
const LONGEST_NAMESPACE = { old: 120, current: 255 } as const;
/** Bytes of a database name. */
const LONGEST_DATABASE = 63;

export const targetNames: Rule = {
  id: "target-names",
  passed: "the destination takes all names",
  needsServers: true,
  check: ({ selected, facts }) => {
    const isOld = (facts.destination.server?.version ?? "").startsWith("4.2.");
    const longest = isOld ? LONGEST_NAMESPACE.old : LONGEST_NAMESPACE.current;
    return selected.objects.flatMap(({ target }) => {
      const name = formatNamespace(target);
      const isTooLong =
        Buffer.byteLength(name) > longest || Buffer.byteLength(target.db) > LONGEST_DATABASE;
      return isTooLong
        ? [
            failed(
              `${name} is longer than the destination allows (${longest} bytes, database ${LONGEST_DATABASE})`,
              "Give it a shorter name with `as`",
            ),
          ]
        : [];
    });
  },
};
