/** How far a source's changes are at the destination. */
import type { FeedPosition } from "./change.ts";
import type { ClusterTime } from "./run.ts";

export interface Checkpoint {
  /** Everything before it is at the destination, majority-acknowledged (I2). */
  readonly position: FeedPosition;
  /** Whose history the position is in: another deployment may take it for one of its own. */
  readonly sourceIdentity: string;
  /** From this time on the destination is as the source once was; null while the copy is under way. */
  readonly consistentFrom: ClusterTime | null;
  /** Null before changes are followed. */
  readonly figures: FollowFigures | null;
}

/** What the process that follows last said of its work. */
export interface FollowFigures {
  /** When it said so, by its own clock. */
  readonly at: Date;
  /** Since that process began to follow. */
  readonly changesRead: number;
  readonly changesApplied: number;
  /** What the changes applied came to: several of one document are written as one. */
  readonly writes: number;
  /** Over the last seconds. */
  readonly readPerSecond: number;
  readonly appliedPerSecond: number;
  /** Changes of the last window. */
  readonly windowChanges: number;
  /** How long ago the source was as far as the destination is now. */
  readonly lagMs: number;
  /** How long the source's oplog still reaches back behind the checkpoint; null where the account may not read it. */
  readonly headroomMs: number | null;
}

/** Longest lag that is called "not delayed". */
const DELAYED_MS = 10_000;

export function isDelayed({ lagMs }: Pick<FollowFigures, "lagMs">): boolean {
  return lagMs > DELAYED_MS;
}
