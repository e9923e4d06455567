/** What a comparison has found so far, so that an interrupted one goes on behind the ranges it has finished. */
import { randomUUID } from "node:crypto";
import type { Retry } from "../base/retry.ts";
import type { MigrationStore, VerificationKind, VerificationRecord } from "../ports.ts";
import type { RangeRecords } from "../verify/verify-contents.ts";

export interface KeptComparison {
  readonly records: RangeRecords;
  /** Null: this one is new. */
  readonly goesOnFrom: Date | null;
  /** Forgets the ranges, once their results are told. */
  end(): Promise<void>;
}

export interface KeepRequest {
  readonly migration: string;
  readonly kind: VerificationKind;
  /** What is compared and how: one that does the same is gone on with. */
  readonly basis: string;
  /** Whether to go on with an interrupted one; `recent`: if it began within a day. */
  readonly resumes: "always" | "recent" | "never";
}

const RECENT_MS = 24 * 60 * 60_000;

export async function openRecords(
  { migration, kind, basis, resumes }: KeepRequest,
  store: MigrationStore,
  retry: Retry,
): Promise<KeptComparison> {
  const last = await retry(async () => store.readVerification(migration, kind));
  const isSame = last !== null && !last.isDone && last.basis === basis;
  const ageMs = last === null ? 0 : Date.now() - last.startedAt.getTime();
  const goesOn = isSame && (resumes === "always" || (resumes === "recent" && ageMs < RECENT_MS));
  const record: VerificationRecord = goesOn
    ? last
    : { kind, id: randomUUID(), basis, startedAt: new Date(), isDone: false };
  if (!goesOn) await retry(async () => store.beginVerification(migration, record));
  return {
    goesOnFrom: goesOn ? last.startedAt : null,
    records: {
      list: async (pair) => retry(async () => store.listRanges(migration, record, pair)),
      put: async (pair, ranges) =>
        retry(async () => store.putRanges(migration, record, pair, ranges)),
      store: async (pair, index, outcome) =>
        retry(async () => store.storeOutcome(migration, record, pair, index, outcome)),
    },
    end: async () => retry(async () => store.endVerification(migration, record)),
  };
}
