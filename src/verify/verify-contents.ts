/** Compares the documents of a collection on both sides: all of them range by range, or some that are picked at random. */
import { settleTogether } from "../base/settle-together.ts";
import { OperationError, SourceGoneError } from "../base/errors.ts";
import { isCapped, isUndivided, storageOf } from "../model/document-storage.ts";
import type { SelectedObject } from "../model/select-objects.ts";
import {
  addCounts,
  type ComparedPair,
  NO_COUNTS,
  sortDifferences,
  type VerificationMode,
} from "../model/verification.ts";
import type { ComparedDeployment, KeyRange, Portion, RangeOutcome, RangeRecord } from "../ports.ts";
import { compareRange } from "./compare-range.ts";
import type { ComparedSides } from "./look-at-both.ts";
import { type FollowedSource, settleSuspects } from "./settle-suspects.ts";
import { chooseRangeCount, keysToPick, splitRanges } from "./split-ranges.ts";
import { keyText } from "./suspect.ts";
import { Tally } from "./tally.ts";

/** Aim for each reply: two or three for each side and worker are in memory. */
const REPLY_BYTES = 3 * 1024 * 1024;
/** Tries to read what has no key to go on from. */
const NATURAL_TRIES = 4;

/** What ranges came to, so that an interrupted comparison goes on behind them. */
export interface RangeRecords {
  list(pair: ComparedPair): Promise<readonly RangeRecord[]>;
  put(pair: ComparedPair, ranges: readonly KeyRange[]): Promise<void>;
  store(pair: ComparedPair, index: number, outcome: RangeOutcome): Promise<void>;
}

export interface ContentsTools {
  readonly source: ComparedDeployment;
  readonly destination: ComparedDeployment;
  readonly mode: Exclude<VerificationMode, "off">;
  /** Documents picked on each side, for mode `sample`. */
  readonly sampleDocuments: number;
  /** Documents that differ listed for each collection, at most. */
  readonly limit: number;
  readonly showsValues: boolean;
  /** Null: nothing changes meanwhile. */
  readonly follows: FollowedSource | null;
  /** Null: nothing is kept. */
  readonly records: RangeRecords | null;
  /** What a range should hold where rates are limited, so that an interruption costs little; null: nothing limits them. */
  readonly mostPerRange: Portion | null;
  readonly signal: AbortSignal;
  /** Lends a place among those who read at a time. */
  reading<T>(read: () => Promise<T>): Promise<T>;
}

export async function verifyContents(
  object: SelectedObject,
  tools: ContentsTools,
): Promise<RangeOutcome> {
  if (tools.mode === "sample") return compareSample(object, tools);
  const pair = pairOf(object);
  const ranges = await openRanges(object, pair, tools);
  const isKept = ranges.length > 1 || tools.mostPerRange !== null;
  const outcomes: RangeOutcome[] = [];
  await settleTogether(tools.signal, (signal) =>
    ranges.map(async (record) => {
      outcomes[record.index] =
        record.outcome ?? (await compareAndStore(object, record, { ...tools, signal }, isKept));
    }),
  );
  return outcomes.reduce(
    (sum, outcome) => ({
      ...addCounts(sum, outcome),
      differences: sortDifferences([...sum.differences, ...outcome.differences], tools.limit),
      isComplete: sum.isComplete && outcome.isComplete,
    }),
    { ...NO_COUNTS, differences: [], isComplete: true },
  );
}

/** Those that an interrupted comparison has begun with, or new ones. */
async function openRanges(
  object: SelectedObject,
  pair: ComparedPair,
  tools: ContentsTools,
): Promise<readonly RangeRecord[]> {
  const { source } = object;
  const { mostPerRange } = tools;
  const count = isUndivided(source.options) ? 1 : chooseRangeCount(source, mostPerRange);
  // One that is read in no time is not worth the asking.
  if (count === 1 && mostPerRange === null) return [{ index: 0, range: WHOLE, outcome: null }];
  const known = (await tools.records?.list(pair)) ?? [];
  if (known[0]?.index === 0) return known;
  const sample =
    count === 1
      ? []
      : await tools.reading(async () =>
          tools.source.pickKeys(storageOf(source.namespace, source.options), keysToPick(count)),
        );
  const ranges = splitRanges(sample, count);
  await tools.records?.put(pair, ranges);
  return ranges.map((range, index) => ({ index, range, outcome: null }));
}

const WHOLE: KeyRange = { min: null, max: null };

async function compareAndStore(
  object: SelectedObject,
  { index, range }: RangeRecord,
  tools: ContentsTools,
  isKept: boolean,
): Promise<RangeOutcome> {
  const { signal, follows, reading } = tools;
  const { options, dataBytes, documentCount } = object.source;
  const compare = async (): Promise<RangeOutcome> =>
    compareRange(range, {
      sides: sidesOf(object, tools),
      follows,
      tally: new Tally(tallyOptions(tools)),
      signal,
      replyBytes: REPLY_BYTES,
      averageBytes: documentCount > 0 ? dataBytes / documentCount : null,
      order: isCapped(options) ? "natural" : "key",
      reading,
    });
  const outcome = isCapped(options) ? await repeatedly(compare, signal) : await compare();
  if (isKept) await tools.records?.store(pairOf(object), index, withoutValues(outcome));
  return outcome;
}

/** A collection in natural order has no key to go on from: it is read anew. */
async function repeatedly<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let left = NATURAL_TRIES - 1; ; left--) {
    try {
      return await run();
    } catch (error) {
      const isWorthIt = error instanceof OperationError && !(error instanceof SourceGoneError);
      if (!isWorthIt || left === 0 || signal.aborted) throw error;
    }
  }
}

async function compareSample(object: SelectedObject, tools: ContentsTools): Promise<RangeOutcome> {
  const { follows, signal, sampleDocuments } = tools;
  const sides = sidesOf(object, tools);
  const { source, target } = sides;
  const tally = new Tally(tallyOptions(tools));
  const keys = await tools.reading(async () => {
    const [atSource, atTarget] = await Promise.all([
      source.reader.countDocuments(source.namespace, source.filter),
      target.reader.countDocuments(target.namespace, null),
    ]);
    tally.addRead(atSource, atTarget);
    const picked = await Promise.all(
      [source, target].map(async ({ reader, namespace }) =>
        reader.pickKeys(namespace, sampleDocuments),
      ),
    );
    return [...new Map(picked.flat().map((key) => [keyText(key), key])).values()];
  });
  const bytes = 2 * (object.source.dataBytes / Math.max(object.source.documentCount, 1));
  const suspects = keys.map((key) => ({ key, kind: "different" as const, bytes }));
  await settleSuspects(suspects, { sides, follows, tally, signal, decided: new Set() });
  return tally.outcome();
}

function sidesOf(
  { source, target, existing, filter }: SelectedObject,
  tools: Pick<ContentsTools, "source" | "destination">,
): ComparedSides {
  return {
    source: {
      reader: tools.source,
      namespace: storageOf(source.namespace, source.options),
      uuid: source.uuid,
      filter,
    },
    // All that is there: a document that the filter leaves out should not be.
    target: {
      reader: tools.destination,
      namespace: storageOf(target, existing?.options ?? source.options),
      uuid: existing?.uuid ?? null,
      filter: null,
    },
    isCollated: source.options.fields.has("collation"),
  };
}

function pairOf({ source, target, existing }: SelectedObject): ComparedPair {
  const sourceUuid = source.uuid;
  const targetUuid = existing?.uuid ?? null;
  return { source: source.namespace, target, sourceUuid, targetUuid };
}

function tallyOptions({ limit, showsValues, source }: ContentsTools) {
  return {
    limit,
    showsValues,
    describeKey: (key: Uint8Array) => source.describeKey(key),
  };
}

/** What is stored says where documents differ, not what they hold. */
function withoutValues(outcome: RangeOutcome): RangeOutcome {
  const differences = outcome.differences
    .slice(0, MOST_STORED)
    .map((each) => ({ ...each, sourceValue: null, targetValue: null }));
  return { ...outcome, differences };
}

/** Of a range. */
const MOST_STORED = 1_000;
