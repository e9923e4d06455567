import {
  type LimitOverrides,
  type Limits,
  limitsInForce,
  type LimitsInForce,
  type LoadRecord,
} from "../model/limits.ts";
import { formatWindow } from "./describe-limits.ts";

/** What holds now, and who says so. */
export interface LoadStatus {
  readonly inForce: LimitsInForce;
  readonly overrides: LimitOverrides;
  readonly backOff: LoadRecord["backOff"];
  /** When the process that works said so; null where none does, and this is what the next one would begin with. */
  readonly at: Date | null;
}

/** Working processes say it every five seconds. */
const STALE_MS = 20_000;

export function loadOf(known: {
  readonly limits: Limits;
  readonly overrides: LimitOverrides;
  readonly load: LoadRecord | null;
  readonly now: Date;
}): LoadStatus {
  const { limits, overrides, load, now } = known;
  if (load !== null && now.getTime() - load.at.getTime() < STALE_MS) {
    return { ...load, overrides };
  }
  return { inForce: limitsInForce(limits, overrides, now), overrides, backOff: null, at: null };
}

/** In `status --output json`. */
export interface LoadJson {
  /** Null: unlimited. */
  readonly documentsPerSecond: number | null;
  readonly megabytesPerSecond: number | null;
  readonly workers: number;
  readonly readFrom: "primary" | "secondary";
  readonly isAdaptive: boolean;
  /** Whether documents may be copied at this time of the day. */
  readonly mayCopy: boolean;
  /** Windows that hold now, such as `22:00–06:00 Asia/Shanghai`. */
  readonly windows: readonly string[];
  /** Names of the limits that were set with `status --set`. */
  readonly set: readonly string[];
  /** Null at full speed. */
  readonly backOff: {
    /** Of the full speed, from 0 to 1. */
    readonly factor: number;
    readonly reason: string;
    readonly since: string;
  } | null;
  /** When the process that works said so; null where none does. */
  readonly at: string | null;
}

const NAMES: Readonly<Record<keyof LimitOverrides, string>> = {
  documentsPerSecond: "documentsPerSecond",
  bytesPerSecond: "megabytesPerSecond",
  workers: "workers",
  isAdaptive: "adaptive",
  hasWindows: "windows",
};

/** Names of limits, as `status --set` takes them without `limits.`, that hold in the place of the spec's. */
export function namesOfSet(overrides: LimitOverrides): readonly string[] {
  return (Object.keys(NAMES) as (keyof LimitOverrides)[])
    .filter((name) => overrides[name] !== undefined)
    .map((name) => NAMES[name]);
}

export function loadToJson({ inForce, overrides, backOff, at }: LoadStatus): LoadJson {
  const { bytesPerSecond, windows, ...rest } = inForce;
  return {
    ...rest,
    megabytesPerSecond: bytesPerSecond === null ? null : bytesPerSecond / 1_000_000,
    windows: windows.map(formatWindow),
    set: namesOfSet(overrides),
    backOff: backOff === null ? null : { ...backOff, since: backOff.since.toISOString() },
    at: at?.toISOString() ?? null,
  };
}
