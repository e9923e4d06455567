import { groupBy } from "../../base/group-by.ts";
import type { ForeignTarget } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { isKept, type SelectedObject } from "../../model/select-objects.ts";
import { failed, type Objection, type Rule, warning } from "../rule.ts";

/**
 * No other migration writes to the targets. Those of one repository are compared as specs already (`validate`); this goes by
 * what migrations of any repository, with the same metadata database, have begun.
 */
export const otherMigrations: Rule = {
  id: "other-migrations",
  passed: "no other migration writes to the targets",
  needsServers: true,
  check: ({ facts, selected }) => {
    const foreign = groupBy(facts.foreignTargets, ({ target }) => formatNamespace(target));
    return selected.objects.flatMap((object) =>
      (foreign.get(formatNamespace(object.target)) ?? []).flatMap((found) => judge(object, found)),
    );
  },
};

function judge(
  object: SelectedObject,
  { migration, isEnded }: ForeignTarget,
): readonly Objection[] {
  const { target, existing, owned, onExisting } = object;
  if (isKept(object)) return [];
  const name = formatNamespace(target);
  if (!isEnded) {
    return [
      failed(
        `the migration ${migration} writes to ${name} and has not ended`,
        "Let it complete, or end it with desiredState: stopped; or give one of both another target with `as`",
      ),
    ];
  }
  if (existing === null || owned !== null || onExisting !== "replace") return [];
  return [
    warning(
      `${name}, which is replaced, was made by the migration ${migration}`,
      "Make sure that nobody needs its result any more",
    ),
  ];
}
