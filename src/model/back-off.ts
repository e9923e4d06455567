/**
 * How far to back off from a destination under pressure. Pure: one step for each look at it.
 *
 * Signs of pressure cut the speed by half, again and again while they last. Only once all have been gone for some looks does it come back, bit by
 * bit. In between, where the signs are neither strong nor gone, it stays: otherwise it would swing.
 */
import { formatDuration } from "../base/format-quantity.ts";

/** What the destination shows; null: not known. */
export interface Pressure {
  /** What our writes take on average. */
  readonly writeMs: number | null;
  /** Share of the cache in use, and of it that is not written yet, from 0 to 1. */
  readonly cache: { readonly usedShare: number; readonly dirtyShare: number } | null;
  /** Operations that wait for a lock or a ticket. */
  readonly queuedOperations: number | null;
  /** How far a majority, or the slowest healthy secondary, is behind the primary. */
  readonly replicationLagMs: number | null;
}

export interface BackOff {
  /** Of the full speed, from `LEAST_FACTOR` to 1. */
  readonly factor: number;
  /** Why it is below 1, or was cut last. */
  readonly reason: string | null;
  /** What our writes take while nothing is wrong. */
  readonly usualWriteMs: number | null;
  /** Looks since the last cut, and since the last sign of pressure. */
  readonly sinceCut: number;
  readonly calmLooks: number;
}

export const FULL_SPEED: BackOff = {
  factor: 1,
  reason: null,
  usualWriteMs: null,
  sinceCut: 0,
  calmLooks: 0,
};

const CUT = 0.5;
const LEAST_FACTOR = 0.05;
/** A cut takes that long to show. */
const LOOKS_BETWEEN_CUTS = 2;
const CALM_LOOKS = 3;
const RECOVERY = 1.3;
/** How much one look counts for what is usual. */
const USUAL_WEIGHT = 0.1;

/** A sign is strong from `high` on, and gone below `low`. */
interface Sign {
  readonly value: number | null;
  readonly high: number;
  readonly low: number;
  readonly reason: string;
}

/** From 95 % in use or 20 % unwritten on, WiredTiger lets the operations of clients evict; it aims at 80 % and 5 %. */
function signsOf(pressure: Pressure, usualWriteMs: number | null): readonly Sign[] {
  const { writeMs, cache, queuedOperations, replicationLagMs } = pressure;
  const usual = usualWriteMs ?? Infinity;
  return [
    {
      value: writeMs,
      high: Math.max(1_000, 5 * usual),
      low: Math.max(500, 2.5 * usual),
      reason: `the destination's writes take ${formatDuration(writeMs ?? 0)}, usually ${formatDuration(usual)}`,
    },
    {
      value: cache?.dirtyShare ?? null,
      high: 0.2,
      low: 0.15,
      reason: `${percent(cache?.dirtyShare ?? 0)} of the destination's cache is unwritten`,
    },
    {
      value: cache?.usedShare ?? null,
      high: 0.95,
      low: 0.9,
      reason: `${percent(cache?.usedShare ?? 0)} of the destination's cache is in use`,
    },
    {
      value: queuedOperations,
      high: 50,
      low: 20,
      reason: `${queuedOperations ?? 0} operations wait for a lock at the destination`,
    },
    {
      value: replicationLagMs,
      high: 10_000,
      low: 5_000,
      reason: `a secondary of the destination is ${formatDuration(replicationLagMs ?? 0)} behind`,
    },
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The next step, after a look at the destination. */
export function nextBackOff(before: BackOff, pressure: Pressure): BackOff {
  const signs = signsOf(pressure, before.usualWriteMs);
  const strong = signs.find(({ value, high }) => value !== null && value >= high);
  const isCalm = signs.every(({ value, low }) => value === null || value < low);
  const sinceCut = before.sinceCut + 1;
  if (strong !== undefined) {
    const isCut = before.factor === 1 || sinceCut >= LOOKS_BETWEEN_CUTS;
    const factor = isCut ? Math.max(before.factor * CUT, LEAST_FACTOR) : before.factor;
    return {
      ...before,
      factor,
      reason: strong.reason,
      sinceCut: isCut ? 0 : sinceCut,
      calmLooks: 0,
    };
  }
  if (!isCalm) return { ...before, sinceCut, calmLooks: 0 };
  const calmLooks = before.calmLooks + 1;
  const isRecovering = before.factor < 1 && calmLooks >= CALM_LOOKS;
  const factor = isRecovering ? Math.min(before.factor * RECOVERY, 1) : before.factor;
  return {
    factor,
    reason: factor === 1 ? null : before.reason,
    // What writes take at less than full speed says little of what they take at full speed.
    usualWriteMs:
      before.factor === 1 ? learn(before.usualWriteMs, pressure.writeMs) : before.usualWriteMs,
    sinceCut,
    calmLooks,
  };
}

function learn(usual: number | null, seen: number | null): number | null {
  if (usual === null || seen === null) return usual ?? seen;
  return usual * (1 - USUAL_WEIGHT) + seen * USUAL_WEIGHT;
}
