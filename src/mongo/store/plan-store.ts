/** Plans as text in parts, since the plan of many collections does not fit one document of 16 MiB. */
import { operation } from "../operation-error.ts";
import type { StoreCollections } from "./documents.ts";

/** UTF-16 units; at most three bytes each in UTF-8. */
const PART_LENGTH = 1_000_000;

export async function savePlan(
  { plans }: StoreCollections,
  migration: string,
  digest: string,
  json: string,
): Promise<void> {
  await operation("save the plan", migration, async () => {
    const count = Math.max(1, Math.ceil(json.length / PART_LENGTH));
    for (let part = 0; part < count; part++) {
      const text = json.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH);
      await plans.updateOne({ migration, digest, part }, { $set: { text } }, { upsert: true });
    }
    await plans.deleteMany({ migration, digest, part: { $gte: count } });
  });
}

export async function loadPlan(
  { plans }: StoreCollections,
  migration: string,
  digest: string,
): Promise<string | null> {
  return operation("load the plan", migration, async () => {
    const parts = await plans.find({ migration, digest }).sort({ part: 1 }).toArray();
    return parts.length === 0 ? null : parts.map((part) => part.text).join("");
  });
}
