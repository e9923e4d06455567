/**
 * Texts in parts, since the plan of many collections does not fit one document of 16 MiB. The first part is written last:
 * while it is missing the text counts as not there.
 */
import { Binary } from "mongodb";
import type { ArtifactKind } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import type { StoreCollections } from "./documents.ts";

const PART_BYTES = 4 * 1024 * 1024;

export async function saveArtifact(
  { artifacts }: StoreCollections,
  migration: string,
  kind: ArtifactKind,
  planDigest: string,
  whole: string,
): Promise<void> {
  await operation(`save the ${kind}`, migration, async () => {
    // Planning saves without a lease: two that do so at once must not make two of a part.
    await artifacts.createIndex(
      { migration: 1, kind: 1, planDigest: 1, part: 1 },
      { unique: true },
    );
    const key = { migration, kind, planDigest };
    const bytes = Buffer.from(whole);
    const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
    for (let part = count - 1; part >= 0; part--) {
      const piece = new Binary(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
      await artifacts.updateOne({ ...key, part }, { $set: { bytes: piece } }, { upsert: true });
    }
    await artifacts.deleteMany({ ...key, part: { $gte: count } });
  });
}

export async function loadArtifact(
  { artifacts }: StoreCollections,
  migration: string,
  kind: ArtifactKind,
  planDigest: string,
): Promise<string | null> {
  return operation(`load the ${kind}`, migration, async () => {
    const parts = await artifacts.find({ migration, kind, planDigest }).sort({ part: 1 }).toArray();
    if (parts[0]?.part !== 0) return null;
    return Buffer.concat(parts.map((part) => part.bytes.value())).toString();
  });
}
