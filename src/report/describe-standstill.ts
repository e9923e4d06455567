import { formatCounted, formatInstant } from "../base/format-quantity.ts";
import { listSome } from "../base/list-some.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { MigrationMode } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionProgress, Phase } from "../model/run.ts";
import { percentOf } from "./progress-model.ts";

interface Standstill {
  /** The phase in which the work was left. */
  readonly left: Phase;
  readonly mode: MigrationMode;
  readonly progress: readonly CollectionProgress[];
  readonly checkpoint: Checkpoint | null;
}

/** What it means for the destination that a migration is paused or stopped there: what it lacks, in words. */
export function standstill({ left, mode, progress, checkpoint }: Standstill): string {
  switch (left) {
    case "Pending":
    case "Prechecking":
      return "nothing was copied by this run";
    case "Copying":
      return incomplete(progress, mode);
    case "Verifying":
      return "everything is copied, and was not compared to the end";
    case "CatchingUp":
      return `the destination is no state that the source ever had: it lacks changes since ${timeOf(checkpoint)}`;
    case "Streaming":
    case "CuttingOver":
      return (
        `the destination is as the source was at ${timeOf(checkpoint)}; without a cutover its unique, TTL and hidden indexes ` +
        "are plain ones, and capped collections are larger than at the source"
      );
    default:
      return "the destination stays as it is";
  }
}

function incomplete(progress: readonly CollectionProgress[], mode: MigrationMode): string {
  const missing = progress.filter(({ state }) => state !== "done");
  const changes =
    mode === "full" ? "" : "; and what has changed at the source since the copy began";
  if (missing.length === 0) {
    return `the destination is incomplete: views, or indexes, may be missing${changes}`;
  }
  const names = missing.map((each) => `${formatNamespace(each.target)} (${describe(each)})`);
  return (
    `the destination is incomplete: it lacks all or part of ${formatCounted(missing.length, "collection")} ` +
    `of ${progress.length}, with indexes and views: ${listSome(names)}${changes}`
  );
}

function describe(collection: CollectionProgress): string {
  if (collection.state === "pending") return "not begun";
  return collection.state === "indexing"
    ? "indexes are missing"
    : `${Math.floor(percentOf(collection))} % of it is there`;
}

function timeOf(checkpoint: Checkpoint | null): string {
  if (checkpoint === null) return "a time that is not known";
  return formatInstant(new Date(checkpoint.position.clusterTime.seconds * 1_000));
}
