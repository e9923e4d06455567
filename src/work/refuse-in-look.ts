/** What was not there, or not so, when the plan was approved, and is not to be made or dropped without another. */
import { ExitCode, UserError } from "../base/errors.ts";
import type { Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { Plan } from "../model/plan.ts";
import { isKept, type SelectedObject } from "../model/select-objects.ts";

/** What may be dropped for another was shown before it began: what has appeared since is somebody else's. */
export function withoutReplacing(migration: Migration): Migration {
  const objects = migration.objects.map((selection) => ({
    ...selection,
    collections:
      selection.collections?.map((entry) =>
        entry.onExisting === "replace" ? { ...entry, onExisting: "refuse" as const } : entry,
      ) ?? null,
  }));
  return { ...migration, objects };
}

export function refuseConflicts({ objects }: Plan): void {
  const refused = objects.filter(({ change }) => change === "refuse");
  const [first] = refused;
  if (first === undefined) return;
  const names = refused.slice(0, 5).map(({ source }) => formatNamespace(source));
  throw new UserError({
    code: "target-conflict",
    place: names.join(", "),
    problem:
      "cannot be copied: something at the destination is in the way, or it has a form that is refused",
    remedy: "`mongoferry precheck` says for each what it is and what to do; then apply again",
    exitCode: ExitCode.blockedByPrecheck,
  });
}

/** Made at the source since the precheck has passed. */
export function refuseUnfollowable(objects: readonly SelectedObject[], { place }: Migration): void {
  const timeSeries = objects.filter(
    (object) => object.source.kind === "timeseries" && !isKept(object),
  );
  if (timeSeries.length === 0) return;
  throw new UserError({
    code: "not-followed",
    place,
    problem: `change streams do not tell what is written to time-series collections: ${timeSeries.map(({ source }) => formatNamespace(source.namespace)).join(", ")}`,
    remedy:
      "Leave them out with `exclude`, and migrate them by a migration of their own in mode full",
  });
}
