import type { Settings } from "./results.ts";

export const SOURCE_DATABASE = "bench";
/** Where ours keeps its state; part of what it has to do. */
export const METADATA_DATABASE = "mongoferry";

/** One copy of one collection, to the same name at the destination, where it does not exist yet. */
export interface CopyJob {
  readonly sourceUri: string;
  readonly destinationUri: string;
  /** Collection in `SOURCE_DATABASE`. */
  readonly collection: string;
  readonly settings: Settings;
}
