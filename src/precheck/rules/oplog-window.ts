import { formatDuration, formatRoughDuration } from "../../base/format-quantity.ts";
import { estimateCopy } from "../../model/estimate-copy.ts";
import type { OplogFacts } from "../../model/server-state.ts";
import {
  failed,
  type Objection,
  type PrecheckContext,
  type Rule,
  undecided,
  warning,
} from "../rule.ts";
import { sizeToCopy } from "../work-to-come.ts";

/** How many times the estimate the oplog should reach back: estimates err, and peaks shorten the window. */
const SAFE_MULTIPLE = 4;
/** Between two slices, where the schedule has to begin the next one (templates/workflows/mongoferry-migrate.yml). */
const LONGEST_GAP_MS = 3_600_000;
/** Up to here the oplog is still growing: its window says how young it is, not how long it will be. */
const FULL_SHARE = 0.9;
/** Times in the oplog are whole seconds: that of a new deployment reaches back 0 s. */
const RESOLUTION_MS = 1000;

/** The source remembers its changes for longer than the copy takes, and than nobody follows, so that none is lost. */
export const oplogWindow: Rule = {
  id: "oplog-window",
  passed: ({ migration, facts }) => {
    const oplog = facts.source.server?.state.oplog ?? null;
    const reach =
      oplog === null ? "" : `; the oplog reaches back ${formatDuration(oplog.windowMs)}`;
    if (migration.mode === "full") return `a full migration does not read the oplog${reach}`;
    return migration.journal === "never"
      ? `the oplog outlasts the copy${reach}`
      : `what changes during a long copy is kept at the destination${reach}`;
  },
  needsServers: true,
  check: (context) => {
    const { mode, journal } = context.migration;
    if (mode === "full") return [];
    const objections = journal === "never" ? judge(context) : [];
    return objections.length > 0 ? objections : judgeGap(context);
  },
};

/**
 * While nobody follows, the oplog alone keeps what changes. Only one that is full says how long: while it grows, most of it may be of the
 * time in which the data was loaded.
 */
function judgeGap({ facts: { source } }: PrecheckContext): readonly Objection[] {
  const oplog = source.server?.state.oplog ?? null;
  if (oplog === null || oplog.size === null) return [];
  const isFull = oplog.size.usedBytes >= oplog.size.maxBytes * FULL_SHARE;
  if (!isFull || oplog.windowMs >= LONGEST_GAP_MS * SAFE_MULTIPLE) return [];
  return [
    warning(
      `the oplog of ${source.connection} reaches back ${formatDuration(oplog.windowMs)}: where a slice of a CI job dies, the next one may begin ${formatDuration(LONGEST_GAP_MS)} later, and what has changed since may be gone`,
      `Enlarge the oplog until it reaches back ${formatDuration(LONGEST_GAP_MS * SAFE_MULTIPLE)}, or follow with mongoferry serve, which leaves no gaps`,
    ),
  ];
}

function judge({ facts, selected, migration }: PrecheckContext): readonly Objection[] {
  const { connection, server } = facts.source;
  const { durationMs } = estimateCopy(selected.objects.map(sizeToCopy), migration.limits);
  const oplog = server?.state.oplog ?? null;
  if (oplog === null) {
    return [
      undecided(
        `the account may not read how far the oplog of ${connection} reaches back; the copy takes about ${formatRoughDuration(durationMs)}`,
        "Compare with rs.printReplicationInfo() or the provider's console (Oplog Window), or grant read on local or the role clusterMonitor",
      ),
    ];
  }
  const reachMs = reachOf(oplog);
  if (reachMs >= durationMs * SAFE_MULTIPLE) return [];
  const cause = `the oplog of ${connection} reaches back ${formatDuration(reachMs)}, the copy takes about ${formatRoughDuration(durationMs)}`;
  return [
    reachMs < durationMs
      ? failed(
          `${cause}: the changes since its beginning are gone before it ends`,
          "Enlarge the oplog (replSetResizeOplog, or oplog size in the provider's console), or migrate fewer objects at a time",
        )
      : warning(
          `${cause}: ${SAFE_MULTIPLE} times that would be safe`,
          "Enlarge the oplog, or run the copy while little is written",
        ),
  ];
}

/** At the pace of the past, for an oplog that is not full yet. */
function reachOf({ windowMs, size }: OplogFacts): number {
  if (size === null || size.usedBytes <= 0) return windowMs;
  const share = size.usedBytes / size.maxBytes;
  return share >= FULL_SHARE ? windowMs : Math.max(windowMs, RESOLUTION_MS) / share;
}
