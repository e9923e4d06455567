import { failed, type Rule, warning } from "../rule.ts";

/** Room for the documents and indexes, a fifth more for the oplog and growth. */
const RESERVE = 1.2;

export const freeSpace: Rule = {
  id: "free-space",
  passed: "the destination has room for the data and its indexes",
  needsServers: true,
  check: ({ selected, facts }) => {
    const neededBytes = selected.objects
      .filter(({ owned }) => owned === null)
      .reduce((sum, { source }) => sum + source.dataBytes + source.indexBytes, 0);
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
    return [
      failed(
        `${facts.destination.connection} has ${toMebibytes(freeBytes)} MiB of free disk, ${needed} may be needed`,
        "Give the destination more storage, or select fewer objects",
      ),
    ];
  },
};

function toMebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
