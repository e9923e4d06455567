import { failed, type Rule } from "../rule.ts";

/** Everything the spec selects is there. */
export const selectedObjects: Rule = {
  id: "selected-objects",
  passed: "all selected objects exist at the source",
  needsServers: true,
  check: ({ selected, facts }) => {
    const missing = selected.unmatched.map((name) =>
      failed(
        `${name} matches nothing at ${facts.source.connection}`,
        "Correct the name in spec.objects; names are case-sensitive",
      ),
    );
    if (missing.length > 0 || selected.objects.length > 0) return missing;
    return [failed("the selection is empty", "Check spec.objects and its exclude patterns")];
  },
};
