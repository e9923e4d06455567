import { isKept, type SelectedObject } from "../../model/select-objects.ts";
import { failed, type Rule, warning } from "../rule.ts";

/** Room for the documents and indexes, a fifth more for the oplog and growth. */
const RESERVE = 1.2;
/** Sizes are uncompressed; storage engines seldom bring them below a quarter. */
const MOST_COMPRESSED = 0.25;

export const freeSpace: Rule = {
  id: "free-space",
  passed: "the destination has room for the data and its indexes",
  needsServers: true,
  check: ({ selected, facts }) => {
    const neededBytes = selected.objects.reduce((sum, object) => sum + bytesToCome(object), 0);
    if (neededBytes === 0) return [];
    const freeBytes = facts.destination.server?.freeDiskBytes ?? null;
    const needed = `${toMebibytes(neededBytes * RESERVE)} MiB`;
    if (freeBytes === null) {
      return [
        warning(
          `the free disk space of ${facts.destination.connection} is unknown; ${needed} are needed at most`,
          "Compare with the storage of the instance",
        ),
      ];
    }
    if (freeBytes >= neededBytes * RESERVE) return [];
    const isHopeless = freeBytes < neededBytes * MOST_COMPRESSED;
    return [
      (isHopeless ? failed : warning)(
        `${facts.destination.connection} has ${toMebibytes(freeBytes)} MiB of free disk, ${needed} may be needed before compression`,
        "Give the destination more storage, or select fewer objects",
      ),
    ];
  },
};

/** What an interrupted run has copied already takes no more room. */
function bytesToCome(object: SelectedObject): number {
  const { source, existing, owned } = object;
  if (owned?.isComplete === true || isKept(object)) return 0;
  const bytes = source.dataBytes + source.indexBytes;
  if (owned === null || existing === null) return bytes;
  return Math.max(bytes - existing.dataBytes - existing.indexBytes, 0);
}

function toMebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
