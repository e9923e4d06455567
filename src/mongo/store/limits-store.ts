/** What `status --set` asks for, and what the process that works says of its load. */
import type { LimitOverrides, LoadRecord } from "../../model/limits.ts";
import type { Lease } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import { isDuplicateKey, type StoreCollections } from "./documents.ts";

export async function readLimitOverrides(
  { limits }: StoreCollections,
  migration: string,
): Promise<LimitOverrides> {
  return operation("read the limits that were set", migration, async () => {
    const found = await limits.findOne({ _id: migration });
    return found?.overrides ?? {};
  });
}

/** Each for itself, so that two who change different ones at once do not undo each other. */
export async function changeLimitOverrides(
  { limits }: StoreCollections,
  migration: string,
  changes: Readonly<Partial<Record<keyof LimitOverrides, unknown>>>,
): Promise<void> {
  const entries = Object.entries(changes).map(([name, value]) => [`overrides.${name}`, value]);
  const set = entries.filter(([, value]) => value !== undefined);
  const unset = entries.filter(([, value]) => value === undefined).map(([name]) => [name, ""]);
  await operation("set limits", migration, async () => {
    await limits.updateOne(
      { _id: migration },
      {
        ...(set.length === 0 ? {} : { $set: Object.fromEntries(set) }),
        ...(unset.length === 0 ? {} : { $unset: Object.fromEntries(unset) }),
      },
      { upsert: set.length > 0 },
    );
  });
}

export async function storeLoad(
  { loads }: StoreCollections,
  { migration, epoch }: Lease,
  load: LoadRecord,
): Promise<void> {
  await operation("store the load", migration, async () => {
    const mine = { _id: migration, epoch: { $lte: epoch } };
    await loads
      .updateOne(mine, { $set: { epoch, load } }, { upsert: true })
      .catch((error: unknown) => {
        // There is one of a later epoch.
        if (!isDuplicateKey(error)) throw error;
      });
  });
}

export async function readLoad(
  { loads }: StoreCollections,
  migration: string,
): Promise<LoadRecord | null> {
  return operation("read the load", migration, async () => {
    const found = await loads.findOne({ _id: migration });
    return found?.load ?? null;
  });
}
