import type { Limits } from "../model/limits.ts";
import type { LoadWindow } from "../model/load-window.ts";
import { DEFAULT_VALUES } from "./default-values.ts";
import type { LoadWindow as WrittenWindow, Limits as WrittenLimits } from "./schema-types.ts";

const MIB = 1024 * 1024;
const MEGABYTE = 1_000_000;

/** Fills in valid limits. */
export function normalizeLimits(written: WrittenLimits): Limits {
  const {
    workers,
    bufferMiB,
    adaptive,
    readFrom,
    windows,
    documentsPerSecond,
    megabytesPerSecond,
  } = { ...DEFAULT_VALUES, ...written };
  return {
    workers,
    bufferBytes: bufferMiB * MIB,
    documentsPerSecond: rateOf(documentsPerSecond),
    bytesPerSecond: byteRateOf(megabytesPerSecond),
    isAdaptive: adaptive,
    readFrom,
    windows: windows.map((window) => normalizeWindow(window)),
  };
}

export function normalizeWindow(window: WrittenWindow): LoadWindow {
  const { from, to, timeZone, days, workers, documentsPerSecond, megabytesPerSecond } = window;
  return {
    fromMinute: minuteOf(from),
    toMinute: minuteOf(to),
    timeZone,
    days: days ?? null,
    mayCopy: window.copy ?? DEFAULT_VALUES.copy,
    limits: {
      ...(workers === undefined ? {} : { workers }),
      ...(documentsPerSecond === undefined
        ? {}
        : { documentsPerSecond: rateOf(documentsPerSecond) }),
      ...(megabytesPerSecond === undefined
        ? {}
        : { bytesPerSecond: byteRateOf(megabytesPerSecond) }),
    },
  };
}

/** @returns Null: unlimited. */
export function rateOf(written: number | string | undefined): number | null {
  return typeof written === "number" ? written : null;
}

/** @returns Bytes per second; null: unlimited. */
export function byteRateOf(megabytes: number | string | undefined): number | null {
  const rate = rateOf(megabytes);
  return rate === null ? null : rate * MEGABYTE;
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
