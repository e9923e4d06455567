import { formatNamespace } from "../../model/namespace.ts";
import { failed, type Rule } from "../rule.ts";

/** Bytes of `database.collection` that a server takes since 4.4 (MongoDB limits and thresholds). */
const LONGEST_NAMESPACE = 255;
/** Bytes of a database name. */
const LONGEST_DATABASE = 63;

export const targetNames: Rule = {
  id: "target-names",
  passed: "the destination takes all names",
  needsServers: true,
  check: ({ selected }) =>
    selected.objects
      .filter(
        ({ target }) =>
          Buffer.byteLength(formatNamespace(target)) > LONGEST_NAMESPACE ||
          Buffer.byteLength(target.db) > LONGEST_DATABASE,
      )
      .map(({ target }) =>
        failed(
          `${formatNamespace(target)} is longer than the destination allows (${LONGEST_NAMESPACE} bytes, database ${LONGEST_DATABASE})`,
          "Give it a shorter name with `as`",
        ),
      ),
};
