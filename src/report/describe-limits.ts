import { formatByteRate, formatCounted, formatDocumentRate } from "../base/format-quantity.ts";
import type { LimitsInForce, LoadKind, LoadRecord } from "../model/limits.ts";
import type { LoadWindow } from "../model/load-window.ts";

/**
 * What holds now, in words: `500 docs/s, 20 MB/s, 4 workers (08:00–20:00 Asia/Shanghai)`.
 */
export function describeLimits(inForce: LimitsInForce, kind: LoadKind): string {
  const { documentsPerSecond, bytesPerSecond, workers, mayCopy, readFrom, windows } = inForce;
  if (kind === "cutting-over") {
    return `no rate holds while it cuts over, ${formatCounted(workers, "worker")}`;
  }
  const rates = [
    ...(documentsPerSecond === null ? [] : [formatDocumentRate(documentsPerSecond)]),
    ...(bytesPerSecond === null ? [] : [formatByteRate(bytesPerSecond)]),
  ];
  const parts = [
    ...(mayCopy || kind !== "copying" ? [] : ["waits, since nothing may be copied at this time"]),
    ...(rates.length === 0 ? ["no rate"] : rates),
    formatCounted(workers, "worker"),
    ...(readFrom === "secondary" ? ["reads from a secondary"] : []),
  ];
  const times = windows.map(formatWindow).join(", ");
  return `${parts.join(", ")}${times === "" ? "" : ` (${times})`}`;
}

/** Why it is slower than that: `backs off to 25 % of its speed: …`. Null at full speed. */
export function describeBackOff(backOff: LoadRecord["backOff"]): string | null {
  if (backOff === null) return null;
  return `backs off to ${Math.round(backOff.factor * 100)} % of its speed: ${backOff.reason}`;
}

/** `22:00–06:00 Asia/Shanghai`, with the days where they are not all. */
export function formatWindow({ fromMinute, toMinute, timeZone, days }: LoadWindow): string {
  const on = days === null ? "" : `${days.join(" ")} `;
  return `${on}${formatMinute(fromMinute)}–${formatMinute(toMinute)} ${timeZone}`;
}

function formatMinute(minute: number): string {
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
