/** Takes the steps that `decideSettlement` has found. Each may be interrupted, and is found again then. */
import { UserError } from "../base/errors.ts";
import type { Retry } from "../base/retry.ts";
import { formatNamespace, isSameNamespace, type Namespace } from "../model/namespace.ts";
import type { CollectionRecord, CopyStore, DestinationDeployment, Lease } from "../ports.ts";
import { type SettleStep, temporaryName } from "./settle-targets.ts";

export interface SettleTools {
  readonly destination: Pick<
    DestinationDeployment,
    "dropNamespace" | "dropView" | "renameCollection" | "countDocuments"
  >;
  readonly store: Pick<CopyStore, "putCollectionRecord" | "deleteCollectionRecord">;
  readonly lease: Lease;
  readonly retry: Retry;
  onStep(text: string): void;
}

type Rename = Extract<SettleStep, { kind: "rename" }>;

/** @param standing - Names that are taken at the destination. */
export async function runSettlement(
  steps: readonly SettleStep[],
  standing: readonly Namespace[],
  tools: SettleTools,
): Promise<void> {
  const taken = new Set(standing.map(formatNamespace));
  for (const step of steps) {
    if (step.kind === "rename") continue;
    const { target } = step.record;
    if (step.kind === "drop" && (await mayDrop(step, tools))) {
      tools.onStep(`${formatNamespace(target)} is dropped: it is not as at the source any more`);
      if (await drop(step.record, step.uuid, tools)) taken.delete(formatNamespace(target));
      else tools.onStep(disowned(target));
    }
    if (step.kind === "disown") tools.onStep(disowned(target));
    if (step.kind === "release") {
      tools.onStep(
        `${formatNamespace(target)} stays as it is, and is followed no more: the spec leaves it out now`,
      );
    }
    await forget(target, tools);
  }
  await renameAll(
    steps.filter((step) => step.kind === "rename"),
    taken,
    tools,
  );
}

/** Of a creation in doubt, what its statistics say of an empty collection is counted once more: after a crash they may be wrong. */
async function mayDrop(
  { record, uuid }: Extract<SettleStep, { kind: "drop" }>,
  { destination, retry }: SettleTools,
): Promise<boolean> {
  if (uuid === null || record.targetUuid !== null) return true;
  return (await retry(async () => destination.countDocuments(record.target, null))) === 0;
}

/** @returns False where somebody else's view has taken the name in the meantime. */
async function drop(
  { target, viewDigest }: CollectionRecord,
  uuid: string | null,
  { destination, lease, retry }: SettleTools,
): Promise<boolean> {
  if (uuid === null) {
    return retry(async () => destination.dropView(target, viewDigest ?? "", lease.signal));
  }
  await retry(async () => destination.dropNamespace(target, uuid, lease.signal));
  return true;
}

function disowned(target: Namespace): string {
  return `${formatNamespace(target)} stays as it is: it is not the view that this migration has made there`;
}

async function forget(target: Namespace, { store, lease, retry }: SettleTools): Promise<void> {
  await retry(async () => store.deleteCollectionRecord(lease, target));
}

/** Those whose new name is free go first; what then is left goes round in a circle, which a temporary name opens. */
async function renameAll(
  renames: readonly Rename[],
  taken: Set<string>,
  tools: SettleTools,
): Promise<void> {
  const left = [...renames];
  while (left.length > 0) {
    const free = left.findIndex(({ target }) => !taken.has(formatNamespace(target)));
    const [step] = left.splice(Math.max(free, 0), 1);
    if (step === undefined) return;
    if (free !== -1) {
      await rename(step, step.target, taken, tools);
      continue;
    }
    const isOurs = left.some(({ record }) => isSameNamespace(record.target, step.target));
    if (!isOurs) throw inTheWay(step);
    const moved = await rename(step, temporaryName(step.record), taken, tools);
    left.push({ ...step, record: moved });
  }
}

/** The record under the new name comes first: in whichever of the two the collection is found, it is known as ours. */
async function rename(
  { record, source }: Rename,
  target: Namespace,
  taken: Set<string>,
  tools: SettleTools,
): Promise<CollectionRecord> {
  const { destination, store, lease, retry } = tools;
  const moved = { ...record, source, target, partitionCount: 0 };
  tools.onStep(`${formatNamespace(record.target)} is renamed to ${formatNamespace(target)}`);
  await retry(async () => store.putCollectionRecord(lease, moved));
  await retry(async () =>
    destination.renameCollection(record.target, target, record.targetUuid ?? "", lease.signal),
  );
  await forget(record.target, tools);
  taken.delete(formatNamespace(record.target));
  taken.add(formatNamespace(target));
  return moved;
}

function inTheWay({ record, target }: Rename): UserError {
  return new UserError({
    code: "target-conflict",
    place: formatNamespace(target),
    problem: `${formatNamespace(record.source)} was renamed at the source, and its new name is taken at the destination by something that this migration did not create`,
    remedy: "Rename or drop that at the destination, then apply again",
  });
}
