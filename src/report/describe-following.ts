import { formatCount, formatCounted, formatDuration } from "../base/format-quantity.ts";
import { type FollowFigures, isDelayed } from "../model/checkpoint.ts";

/** How the following of changes goes, in one line: `not delayed (0.2 s), 1,204 changes/s …`. */
export function describeFollowing(figures: FollowFigures): string {
  const { lagMs, appliedPerSecond, changesApplied, writes, headroomMs } = figures;
  return [
    `${isDelayed(figures) ? "Delayed" : "Not delayed"} (${formatDuration(lagMs)})`,
    `${formatCount(appliedPerSecond)} changes/s`,
    `${formatCounted(changesApplied, "change")} applied in ${formatCounted(writes, "write")}`,
    ...(headroomMs === null
      ? []
      : [`the source keeps ${formatDuration(headroomMs)} of changes behind this point`]),
  ].join(", ");
}
