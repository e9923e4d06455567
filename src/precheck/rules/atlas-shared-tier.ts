import { formatBytes } from "../../base/format-quantity.ts";
import { failed, type Objection, type PrecheckContext, type Rule, warning } from "../rule.ts";
import { sizeToCopy } from "../work-to-come.ts";

/** The largest shared tiers, M5 and Flex, hold 5 GB (Atlas documentation, "Atlas Flex Limitations"). */
const MOST_BYTES = 5 * 1000 ** 3;

const LIMITS =
  "100 to 500 operations per second, 10 to 50 GB in and out per week (M0 to M5), 500 connections, and no statistics of the server";

/** Atlas' free and shared tiers (M0, M2, M5, Flex) slow down and refuse what dedicated clusters do not. */
export const atlasSharedTier: Rule = {
  id: "atlas-shared-tier",
  passed: "neither end is a shared tier of Atlas",
  needsServers: true,
  check: (context) => [...judgeSource(context), ...judgeDestination(context)],
};

function judgeSource({ facts: { source }, migration }: PrecheckContext): readonly Objection[] {
  if (source.server?.state.isSharedTier !== true) return [];
  return [
    warning(
      `${source.connection} is a shared tier of Atlas, which limits ${LIMITS}: the copy is throttled, and may be cut off for days`,
      "Move to a dedicated tier (M10 or larger) for the time of the migration, or keep limits.workers at 1",
    ),
    ...(migration.mode === "full"
      ? []
      : [
          warning(
            `${source.connection} is a shared tier of Atlas, whose oplog can be read in parts only: changes can be followed through change streams alone`,
            "Move to a dedicated tier (M10 or larger), where both ways are open",
          ),
        ]),
  ];
}

function judgeDestination({
  facts: { destination },
  selected,
}: PrecheckContext): readonly Objection[] {
  if (destination.server?.state.isSharedTier !== true) return [];
  // Shared tiers count documents and indexes uncompressed.
  const bytes = selected.objects
    .map(sizeToCopy)
    .reduce((sum, { dataBytes, indexBytes }) => sum + dataBytes + indexBytes, 0);
  if (bytes > MOST_BYTES) {
    return [
      failed(
        `${destination.connection} is a shared tier of Atlas, which holds ${formatBytes(MOST_BYTES)} at most (M0: 512 MB); ${formatBytes(bytes)} are to be copied`,
        "Use a dedicated tier (M10 or larger), or select fewer objects",
      ),
    ];
  }
  return [
    warning(
      `${destination.connection} is a shared tier of Atlas, which limits ${LIMITS}, and storage to 512 MB (M0), 2 GB (M2) or 5 GB (M5, Flex)`,
      "Use a dedicated tier (M10 or larger); the copy of a few hundred megabytes works, slowly",
    ),
  ];
}
