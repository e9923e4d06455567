/**
 * Decides what suspects are, by looking at both sides by their keys. While changes are followed, only what stays different although the
 * feed has passed it counts: a busy source raises no false alarm, and hides no true one.
 */
import { createHash } from "node:crypto";
import type { DifferenceKind } from "../model/verification.ts";
import type { ClusterTime } from "../model/run.ts";
import { type ComparedSides, hasManyForms, lookAtBoth, type Pair } from "./look-at-both.ts";
import { keyText, type Suspect } from "./suspect.ts";
import type { Tally } from "./tally.ts";

/** A source whose changes are being brought to the destination by somebody. */
export interface FollowedSource {
  /** A cluster time of the source that everything acknowledged so far precedes or equals. */
  now(): Promise<ClusterTime>;
  /** Waits until everything up to that time is at the destination. False: the following does not get on. */
  hasPassed(time: ClusterTime, signal: AbortSignal): Promise<boolean>;
}

/** Looks in a row that have to find the same two documents, each behind a time that the feed has passed since the one before. */
const SAME_LOOKS = 3;
/** After which a document that keeps changing is given up. */
const MOST_LOOKS = 12;

export interface SettleTools {
  readonly sides: ComparedSides;
  /** Null: nothing changes. */
  readonly follows: FollowedSource | null;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Keys that were decided, of which another form may still come. */
  readonly decided: Set<string>;
}

export async function settleSuspects(
  suspects: readonly Suspect[],
  tools: SettleTools,
): Promise<void> {
  const { sides, tally, follows } = tools;
  const open: Suspect[] = [];
  for (const suspect of suspects) {
    if (suspect.kind === "moved") tally.noteMoved(suspect.key);
    else if (sides.source.reader.canReadFrom(suspect.key)) open.push(suspect);
    else tally.note(follows === null ? suspect.kind : "undecided", suspect.key, null, null);
  }
  if (open.length === 0) return;
  if (follows === null) await settleAtRest(open, tools);
  else await settleFollowed(open, follows, tools);
}

async function settleAtRest(suspects: readonly Suspect[], tools: SettleTools): Promise<void> {
  const { sides, decided, signal } = tools;
  for await (const pairs of lookAtBoth(suspects, sides, new Set(decided), signal)) {
    for (const pair of pairs) {
      if (!isEqual(pair)) decide(pair, kindOf(pair), tools);
    }
  }
}

function decide(pair: Pair, kind: DifferenceKind, { sides, tally, decided }: SettleTools): void {
  const { key } = pair.suspect;
  const isSure = kind !== "undecided";
  tally.note(kind, key, isSure ? pair.source : null, isSure ? pair.target : null);
  if (hasManyForms(key, sides.isCollated)) decided.add(keyText(key));
}

/** What is known of a suspect from earlier looks. */
interface Watched {
  readonly suspect: Suspect;
  readonly sourceDigest: string;
  readonly targetDigest: string;
  /** Looks in a row with the same documents. */
  readonly sameLooks: number;
  /** Whether the destination's document has been the same at every look. */
  readonly isTargetStill: boolean;
}

async function settleFollowed(
  suspects: readonly Suspect[],
  follows: FollowedSource,
  tools: SettleTools,
): Promise<void> {
  const { tally, signal } = tools;
  let open: readonly Suspect[] = suspects;
  let watched: ReadonlyMap<string, Watched> = new Map();
  for (let look = 1; open.length > 0; look++) {
    if (!(await follows.hasPassed(await follows.now(), signal))) {
      for (const { key } of open) tally.note("undecided", key, null, null);
      return;
    }
    watched = await lookAgain(open, watched, look, tools);
    open = [...watched.values()].map(({ suspect }) => suspect);
  }
}

/** @returns What is to be looked at once more. */
async function lookAgain(
  open: readonly Suspect[],
  before: ReadonlyMap<string, Watched>,
  look: number,
  tools: SettleTools,
): Promise<ReadonlyMap<string, Watched>> {
  const { sides, decided, signal } = tools;
  const watched = new Map<string, Watched>();
  for await (const pairs of lookAtBoth(open, sides, new Set(decided), signal)) {
    for (const pair of pairs) {
      if (isEqual(pair)) continue;
      const { key } = pair.suspect;
      const now = watch(pair, before.get(keyText(key)));
      if (now.sameLooks >= SAME_LOOKS) decide(pair, kindOf(pair), tools);
      else if (look < MOST_LOOKS) watched.set(keyText(key), now);
      // The source's document has changed at each look, and none of its changes has arrived.
      else decide(pair, now.isTargetStill ? kindOf(pair) : "undecided", tools);
    }
  }
  return watched;
}

function watch({ suspect, source, target }: Pair, before: Watched | undefined): Watched {
  const sourceDigest = digestOf(source);
  const targetDigest = digestOf(target);
  const isSameTarget = before === undefined || before.targetDigest === targetDigest;
  const isSame = before?.sourceDigest === sourceDigest && before.targetDigest === targetDigest;
  return {
    suspect,
    sourceDigest,
    targetDigest,
    sameLooks: isSame ? before.sameLooks + 1 : 1,
    isTargetStill: isSameTarget && (before?.isTargetStill ?? true),
  };
}

function isEqual({ source, target }: Pair): boolean {
  if (source === null || target === null) return source === target;
  return Buffer.compare(source, target) === 0;
}

function kindOf({ source, target }: Pair): Exclude<DifferenceKind, "undecided"> {
  if (source === null) return "extra";
  return target === null ? "missing" : "different";
}

function digestOf(document: Uint8Array | null): string {
  return document === null ? "" : createHash("sha256").update(document).digest("base64");
}
