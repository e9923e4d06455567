/** How far comparisons are. No epochs: nothing else reads these, and two processes that compare the same store the same. */
import type { Binary } from "mongodb";
import type { ComparedPair } from "../../model/verification.ts";
import type {
  KeyRange,
  RangeOutcome,
  RangeRecord,
  VerificationKind,
  VerificationRecord,
} from "../../ports.ts";
import { operation } from "../operation-error.ts";
import { fromBinary, type StoreCollections, toBinary, toNamespaceText } from "./documents.ts";

export interface VerificationDocument {
  readonly _id: { readonly migration: string; readonly kind: VerificationKind };
  readonly id: string;
  readonly basis: string;
  readonly startedAt: Date;
  readonly isDone: boolean;
}

export interface ComparedRangeDocument {
  readonly _id: { readonly id: string; readonly pair: string; readonly index: number };
  readonly migration: string;
  readonly kind: VerificationKind;
  readonly min: Binary | null;
  readonly max: Binary | null;
  readonly outcome: RangeOutcome | null;
}

type Collections = Pick<StoreCollections, "verifications" | "comparedRanges">;

export async function readVerification(
  { verifications }: Collections,
  migration: string,
  kind: VerificationKind,
): Promise<VerificationRecord | null> {
  return operation("read the last comparison", migration, async () => {
    const found = await verifications.findOne({ _id: { migration, kind } });
    if (found === null) return null;
    const { id, basis, startedAt, isDone } = found;
    return { kind, id, basis, startedAt, isDone };
  });
}

export async function beginVerification(
  { verifications, comparedRanges }: Collections,
  migration: string,
  { kind, ...record }: VerificationRecord,
): Promise<void> {
  await operation("begin a comparison", migration, async () => {
    await verifications.replaceOne({ _id: { migration, kind } }, record, { upsert: true });
    await comparedRanges.createIndex({ migration: 1, kind: 1, "_id.id": 1 });
    await comparedRanges.deleteMany({ migration, kind, "_id.id": { $ne: record.id } });
  });
}

export async function endVerification(
  { verifications, comparedRanges }: Collections,
  migration: string,
  { kind, id }: VerificationRecord,
): Promise<void> {
  await operation("end a comparison", migration, async () => {
    await verifications.updateOne({ _id: { migration, kind }, id }, { $set: { isDone: true } });
    await comparedRanges.deleteMany({ migration, kind, "_id.id": id });
  });
}

export async function listRanges(
  { comparedRanges }: Collections,
  migration: string,
  { kind, id }: VerificationRecord,
  pair: ComparedPair,
): Promise<readonly RangeRecord[]> {
  return operation("list compared ranges", migration, async () => {
    const found = await comparedRanges
      .find({ migration, kind, "_id.id": id, "_id.pair": pairText(pair) })
      .sort({ "_id.index": 1 })
      .toArray();
    return found.map(({ _id, min, max, outcome }) => ({
      index: _id.index,
      range: { min: fromBinary(min), max: fromBinary(max) },
      outcome,
    }));
  });
}

/** The last one first: where the first is, all are. */
export async function putRanges(
  { comparedRanges }: Collections,
  migration: string,
  { kind, id }: VerificationRecord,
  pair: ComparedPair,
  ranges: readonly KeyRange[],
): Promise<void> {
  await operation("store ranges to compare", migration, async () => {
    const documents = ranges.map(({ min, max }, index) => ({
      replaceOne: {
        filter: { _id: { id, pair: pairText(pair), index } },
        replacement: {
          migration,
          kind,
          min: toBinary(min),
          max: toBinary(max),
          outcome: null,
        },
        upsert: true,
      },
    }));
    await comparedRanges.bulkWrite(documents.toReversed(), { ordered: true });
  });
}

export async function storeOutcome(
  { comparedRanges }: Collections,
  migration: string,
  { id }: VerificationRecord,
  pair: ComparedPair,
  index: number,
  outcome: RangeOutcome,
): Promise<void> {
  await operation("store a compared range", migration, async () => {
    await comparedRanges.updateOne(
      { _id: { id, pair: pairText(pair), index } },
      { $set: { outcome } },
    );
  });
}

function pairText({ source, target, sourceUuid, targetUuid }: ComparedPair): string {
  return JSON.stringify([toNamespaceText(source), sourceUuid, toNamespaceText(target), targetUuid]);
}
