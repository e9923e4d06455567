import { formatBytes } from "../../base/format-quantity.ts";
import { failed, type PrecheckContext, type Rule, undecided, warning } from "../rule.ts";
import { growthBytes } from "../work-to-come.ts";

/** Room for the documents and indexes, a fifth more for the oplog and growth. */
const RESERVE = 1.2;
/** Sizes are uncompressed; storage engines seldom bring them below a quarter. */
const MOST_COMPRESSED = 0.25;

export const freeSpace: Rule = {
  id: "free-space",
  passed: (context) => {
    const neededBytes = growthOf(context);
    const freeBytes = freeBytesOf(context);
    return neededBytes === 0 || freeBytes === null
      ? "nothing is to be copied"
      : `${formatBytes(neededBytes)} to come, ${formatBytes(freeBytes)} free`;
  },
  needsServers: true,
  check: (context) => {
    const { connection } = context.facts.destination;
    const neededBytes = growthOf(context);
    if (neededBytes === 0) return [];
    const freeBytes = freeBytesOf(context);
    const needed = `${toMebibytes(neededBytes * RESERVE)} MiB`;
    if (freeBytes === null) {
      return [
        undecided(
          `the free disk space of ${connection} is unknown; ${needed} are needed at most`,
          "Compare with the storage of the instance, or declare it as spec.storageGiB of the connection",
        ),
      ];
    }
    if (freeBytes >= neededBytes * RESERVE) return [];
    const isHopeless = freeBytes < neededBytes * MOST_COMPRESSED;
    return [
      (isHopeless ? failed : warning)(
        `${connection} has ${toMebibytes(freeBytes)} MiB of free disk, ${needed} may be needed before compression`,
        "Give the destination more storage, or select fewer objects",
      ),
    ];
  },
};

function growthOf({ selected }: PrecheckContext): number {
  return selected.objects.reduce((sum, object) => sum + growthBytes(object), 0);
}

/** The smaller of what the server sees and what the user declares: a managed instance may sit on a larger disk than is its own. */
function freeBytesOf(context: PrecheckContext): number | null {
  const known = [context.facts.destination.server?.freeDiskBytes ?? null, declaredRest(context)];
  const values = known.filter((value) => value !== null);
  return values.length === 0 ? null : Math.min(...values);
}

/** Where the used size is not known, what the databases that are written to hold, uncompressed. */
function declaredRest({ migration, facts }: PrecheckContext): number | null {
  const { declaredStorageBytes } = migration.destination;
  if (declaredStorageBytes === null) return null;
  const usedBytes =
    facts.destination.server?.state.usedStorageBytes ??
    facts.destinationCollections.reduce(
      (sum, { dataBytes, indexBytes }) => sum + dataBytes + indexBytes,
      0,
    );
  return Math.max(0, declaredStorageBytes - usedBytes);
}

function toMebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
