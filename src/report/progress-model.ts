/** Percent, rates and time left of a copy, from one sample of its progress to the next (R16). Pure. */
import { type Namespace, formatNamespace } from "../model/namespace.ts";
import type { CollectionProgress } from "../model/run.ts";

/** Shows progress while a copy runs. Nothing it does can fail the copy. */
export interface ProgressReporter {
  /** As often as the caller likes: showing it is throttled. */
  update(progress: readonly CollectionProgress[]): void;
  /** A line for people that stays. */
  note(text: string): void;
  /** Shows the end state and leaves the terminal in order. May be called twice. */
  stop(): void;
}

export interface ProgressFigures {
  /** 0 to 100, of bytes; 100 only where nothing is left to copy. */
  readonly percent: number;
  /** Null until two samples have been seen. */
  readonly documentsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** Null where it cannot be said: no rate yet, a standstill, or only indexes left to build. */
  readonly etaSeconds: number | null;
}

export interface CollectionFigures extends ProgressFigures {
  readonly target: Namespace;
  readonly state: CollectionProgress["state"];
  /** 0 to 1; see `CollectionProgress`. */
  readonly indexShare: number | null;
}

export interface TotalFigures extends ProgressFigures {
  readonly collectionCount: number;
  readonly doneCount: number;
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly copiedDocuments: number;
  readonly copiedBytes: number;
}

/** What is shown, and what the next step needs. */
export interface ProgressModel {
  readonly total: TotalFigures;
  /** Collections being copied or indexed, in the order of the samples. */
  readonly active: readonly CollectionFigures[];
  readonly monotonicMs: number;
  readonly totalRate: RateState;
  readonly rates: ReadonlyMap<string, RateState>;
}

/** Averages that weigh the last ten seconds most; `weight` makes up for there being no past at the start. */
interface RateState {
  readonly documents: number;
  readonly bytes: number;
  readonly documentsAverage: number;
  readonly bytesAverage: number;
  readonly weight: number;
}

const SMOOTHING_MS = 10_000;
const MAX_UNFINISHED_PERCENT = 99;
/** Slower than this is a standstill: the time left would be a number without meaning. */
const STANDSTILL_BYTES_PER_SECOND = 1;

/**
 * Takes one sample. What was copied before the first one (by an earlier process) counts as done, not as fast.
 *
 * @param previous null at the first sample
 * @param monotonicMs time of the sample, by `Clock.monotonicMs`
 */
export function advanceProgress(
  previous: ProgressModel | null,
  progress: readonly CollectionProgress[],
  monotonicMs: number,
): ProgressModel {
  const elapsedMs = previous === null ? 0 : monotonicMs - previous.monotonicMs;
  const rates = new Map<string, RateState>();
  const active: CollectionFigures[] = [];
  for (const collection of progress) {
    if (collection.state !== "copying" && collection.state !== "indexing") continue;
    const key = formatNamespace(collection.target);
    const rate = advanceRate(previous?.rates.get(key) ?? null, collection, elapsedMs);
    rates.set(key, rate);
    active.push(describeCollection(collection, rate));
  }
  const sums = sumProgress(progress);
  const totalRate = advanceRate(previous?.totalRate ?? null, sums, elapsedMs);
  const total = describeTotal(progress, sums, totalRate);
  return {
    total,
    active,
    monotonicMs: previous === null ? monotonicMs : Math.max(monotonicMs, previous.monotonicMs),
    totalRate,
    rates,
  };
}

/** Percent of bytes; of documents where the size is not known. Under 100 while documents are still being copied. */
export function percentOf(collection: CollectionProgress): number {
  if (collection.state === "done" || collection.state === "indexing") return 100;
  const { copiedBytes, dataBytes, copiedDocuments, documentCount } = collection;
  const fraction = dataBytes > 0 ? copiedBytes / dataBytes : copiedDocuments / documentCount;
  return Number.isFinite(fraction) ? clamp(100 * fraction, MAX_UNFINISHED_PERCENT) : 0;
}

/** Percent over all collections, weighed by size; 100 only when all of them are done. */
export function totalPercentOf(progress: readonly CollectionProgress[]): number {
  const isDone = progress.every(({ state }) => state === "done");
  if (isDone) return 100;
  const { dataBytes } = sumProgress(progress);
  const weigh = (collection: CollectionProgress): number =>
    dataBytes > 0 ? collection.dataBytes : 1;
  const sum = progress.reduce((total, item) => total + percentOf(item) * weigh(item), 0);
  const percent = sum / (dataBytes > 0 ? dataBytes : progress.length);
  return clamp(percent, MAX_UNFINISHED_PERCENT);
}

type Sums = Pick<
  TotalFigures,
  "documentCount" | "dataBytes" | "copiedDocuments" | "copiedBytes"
> & { readonly remainingBytes: number };

export function sumProgress(progress: readonly CollectionProgress[]): Sums {
  const sums = {
    documentCount: 0,
    dataBytes: 0,
    copiedDocuments: 0,
    copiedBytes: 0,
    remainingBytes: 0,
  };
  for (const collection of progress) {
    sums.documentCount += collection.documentCount;
    sums.dataBytes += collection.dataBytes;
    sums.copiedDocuments += collection.copiedDocuments;
    sums.copiedBytes += collection.copiedBytes;
    sums.remainingBytes += remainingBytesOf(collection);
  }
  return sums;
}

function describeCollection(collection: CollectionProgress, rate: RateState): CollectionFigures {
  const rates = readRates(rate);
  return {
    target: collection.target,
    state: collection.state,
    indexShare: collection.indexShare,
    percent: percentOf(collection),
    ...rates,
    etaSeconds: estimateSeconds(remainingBytesOf(collection), rates.bytesPerSecond),
  };
}

function describeTotal(
  progress: readonly CollectionProgress[],
  sums: Sums,
  rate: RateState,
): TotalFigures {
  const doneCount = progress.reduce((sum, { state }) => sum + (state === "done" ? 1 : 0), 0);
  const rates = readRates(rate);
  const isDone = doneCount === progress.length;
  return {
    percent: totalPercentOf(progress),
    ...rates,
    etaSeconds: isDone ? 0 : estimateSeconds(sums.remainingBytes, rates.bytesPerSecond),
    collectionCount: progress.length,
    doneCount,
    documentCount: sums.documentCount,
    dataBytes: sums.dataBytes,
    copiedDocuments: sums.copiedDocuments,
    copiedBytes: sums.copiedBytes,
  };
}

/** A count that falls (work is repeated after an interruption) reads as a standstill, not as a negative rate. */
function advanceRate(
  previous: RateState | null,
  counts: { readonly copiedDocuments: number; readonly copiedBytes: number },
  elapsedMs: number,
): RateState {
  const now = { documents: counts.copiedDocuments, bytes: counts.copiedBytes };
  if (previous === null) return { ...now, documentsAverage: 0, bytesAverage: 0, weight: 0 };
  if (elapsedMs <= 0) return previous;
  const keep = Math.exp(-elapsedMs / SMOOTHING_MS);
  const average = (past: number, delta: number): number =>
    past * keep + (Math.max(0, delta) / (elapsedMs / 1000)) * (1 - keep);
  return {
    ...now,
    documentsAverage: average(previous.documentsAverage, now.documents - previous.documents),
    bytesAverage: average(previous.bytesAverage, now.bytes - previous.bytes),
    weight: previous.weight * keep + (1 - keep),
  };
}

function readRates(
  rate: RateState,
): Pick<ProgressFigures, "documentsPerSecond" | "bytesPerSecond"> {
  if (rate.weight === 0) return { documentsPerSecond: null, bytesPerSecond: null };
  return {
    documentsPerSecond: rate.documentsAverage / rate.weight,
    bytesPerSecond: rate.bytesAverage / rate.weight,
  };
}

function estimateSeconds(remainingBytes: number, bytesPerSecond: number | null): number | null {
  if (bytesPerSecond === null || bytesPerSecond < STANDSTILL_BYTES_PER_SECOND) return null;
  return remainingBytes > 0 ? remainingBytes / bytesPerSecond : null;
}

function remainingBytesOf(collection: CollectionProgress): number {
  const isCopied = collection.state === "done" || collection.state === "indexing";
  return isCopied ? 0 : Math.max(0, collection.dataBytes - collection.copiedBytes);
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}
