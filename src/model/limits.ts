/** How much load a migration may cause, and what of that holds now. Pure. */
import type { Phase } from "./run.ts";
import { holdsAt, type LoadWindow, WEEK_MINUTES, weekRangesOf } from "./load-window.ts";

export interface Rates {
  /** Null: unlimited. */
  readonly documentsPerSecond: number | null;
  /** Of uncompressed documents. Null: unlimited. */
  readonly bytesPerSecond: number | null;
}

/** Which member of the source documents are read from. */
export type ReadFrom = "primary" | "secondary";

export interface Limits extends Rates {
  /** Collections or partitions read at the same time, at most. */
  readonly workers: number;
  /** Bytes of documents held in memory, read but not yet acknowledged, over all workers. */
  readonly bufferBytes: number;
  /** Whether to back off while the destination is under pressure. */
  readonly isAdaptive: boolean;
  readonly readFrom: ReadFrom;
  /** Times in which other limits hold. */
  readonly windows: readonly LoadWindow[];
}

/** What `status --set` has put in the place of the spec's limits; what is left out is as the spec says. */
export interface LimitOverrides extends Partial<Rates> {
  readonly workers?: number;
  readonly isAdaptive?: boolean;
  /** Whether windows count. */
  readonly hasWindows?: boolean;
}

/** What holds at one moment. */
export interface LimitsInForce extends Rates {
  readonly workers: number;
  readonly isAdaptive: boolean;
  readonly readFrom: ReadFrom;
  /** Whether documents are copied and compared. */
  readonly mayCopy: boolean;
  /** Windows that hold. */
  readonly windows: readonly LoadWindow[];
}

/** An override holds in and outside of windows. Where several windows hold, in different time zones, the strictest does. */
export function limitsInForce(limits: Limits, overrides: LimitOverrides, at: Date): LimitsInForce {
  const { isAdaptive = limits.isAdaptive, hasWindows = true } = overrides;
  const windows = hasWindows ? limits.windows.filter((window) => holdsAt(window, at)) : [];
  const held = windows.map((window) => ({ ...limits, ...window.limits }));
  const all = held.length === 0 ? [limits] : held;
  return {
    documentsPerSecond:
      overrides.documentsPerSecond === undefined
        ? least(all.map(({ documentsPerSecond }) => documentsPerSecond))
        : overrides.documentsPerSecond,
    bytesPerSecond:
      overrides.bytesPerSecond === undefined
        ? least(all.map(({ bytesPerSecond }) => bytesPerSecond))
        : overrides.bytesPerSecond,
    workers: overrides.workers ?? Math.min(...all.map(({ workers }) => workers)),
    isAdaptive,
    readFrom: limits.readFrom,
    mayCopy: windows.every(({ mayCopy }) => mayCopy),
    windows,
  };
}

/** @param rates - Null: unlimited. */
function least(rates: readonly (number | null)[]): number | null {
  const limited = rates.filter((rate) => rate !== null);
  return limited.length === 0 ? null : Math.min(...limited);
}

/**
 * How limits hold in a phase. What is followed goes on at any time of the day, since the source does not remember it for ever, and what is
 * new there is copied at once, since its changes wait for it; comparing can wait. While it cuts over no rate holds: the application stands
 * still meanwhile. Who asks for a comparison by hand has chosen the time.
 */
export type LoadKind = "copying" | "following" | "cutting-over" | "asked-for";

export function loadKindOf(phase: Phase): LoadKind {
  if (phase === "CuttingOver") return "cutting-over";
  return phase === "CatchingUp" || phase === "Streaming" ? "following" : "copying";
}

/** What writers are held to. */
export interface HeldLimits extends Rates {
  readonly workers: number;
  readonly mayCopy: boolean;
  readonly mayCompare: boolean;
}

/**
 * @param speed - The share of the full speed that the destination bears, and the full speed where nothing limits it.
 */
export function heldLimits(
  inForce: LimitsInForce,
  kind: LoadKind,
  speed: { readonly factor: number; readonly bytesPerSecond: number },
): HeldLimits {
  const { workers, documentsPerSecond, bytesPerSecond } = inForce;
  if (kind === "cutting-over") {
    const isAllowed = { mayCopy: true, mayCompare: true };
    return { workers, ...isAllowed, documentsPerSecond: null, bytesPerSecond: null };
  }
  const { factor } = speed;
  return {
    workers,
    mayCopy: kind !== "copying" || inForce.mayCopy,
    mayCompare: kind === "asked-for" || inForce.mayCopy,
    documentsPerSecond: documentsPerSecond === null ? null : documentsPerSecond * factor,
    bytesPerSecond:
      factor === 1
        ? bytesPerSecond
        : Math.min(bytesPerSecond ?? Infinity, speed.bytesPerSecond) * factor,
  };
}

/** What a process that works keeps to. */
export interface LoadRecord {
  readonly inForce: LimitsInForce;
  /** Null: at full speed. */
  readonly backOff: {
    readonly factor: number;
    readonly reason: string;
    readonly since: Date;
  } | null;
  /** When it said so. */
  readonly at: Date;
}

/** How limits prolong a copy, at worst. */
export interface Slowdown extends Rates {
  /** Share of the week in which documents may be copied. */
  readonly copyShare: number;
  /** The longest time in which none are. */
  readonly longestWaitMs: number;
}

/** Below this nothing would ever be estimated to end. */
const LEAST_COPY_SHARE = 0.01;

/** What limits do to the time that a copy takes, judged by the slowest of the rates that may hold meanwhile. */
export function slowdownOf({ windows, ...limits }: Limits): Slowdown {
  const open = [limits, ...windows.filter(({ mayCopy }) => mayCopy).map((each) => each.limits)];
  const waits = windows
    .filter(({ mayCopy }) => !mayCopy)
    .flatMap(weekRangesOf)
    .map(({ from, to }) => to - from);
  const waiting = waits.reduce((sum, minutes) => sum + minutes, 0);
  return {
    documentsPerSecond: least(open.map((each) => each.documentsPerSecond ?? null)),
    bytesPerSecond: least(open.map((each) => each.bytesPerSecond ?? null)),
    copyShare: Math.max(1 - waiting / WEEK_MINUTES, LEAST_COPY_SHARE),
    longestWaitMs: Math.max(0, ...waits) * 60_000,
  };
}
