/** Quantities for people, the same in every locale. Anything that is not a finite number reads "unknown". */

const UNKNOWN = "unknown";
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Whole number with thousands separators: `1,204`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return UNKNOWN;
  const digits = BigInt(Math.round(count)).toString();
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** Of money, to the hundredth: `1,204.50`. */
export function formatAmount(amount: number): string {
  if (!Number.isFinite(amount)) return UNKNOWN;
  const hundredths = Math.round(amount * 100);
  const rest = String(hundredths % 100).padStart(2, "0");
  return `${formatCount(Math.floor(hundredths / 100))}.${rest}`;
}

/** Count and noun: `1 index`, `9 indexes`. The plural is the singular with an s where none is given. */
export function formatCounted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** Size in binary units, one decimal below ten: `512 B`, `1.5 KiB`, `41 GiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return UNKNOWN;
  let value = Math.max(0, bytes);
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const number = unit === 0 ? formatCount(value) : formatShort(value);
  return `${number} ${BYTE_UNITS[unit]}`;
}

/** Milliseconds in at most two units: `0.4 s`, `41 s`, `5 min 3 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return UNKNOWN;
  const ms = Math.max(0, durationMs);
  if (ms === 0) return "0 s";
  if (Math.round(ms / SECOND) < 60) return `${formatShort(ms / SECOND)} s`;
  if (Math.round(ms / SECOND) < 3600) return twoUnits(ms, MINUTE, "min", SECOND, "s");
  if (Math.round(ms / MINUTE) < 24 * 60) return twoUnits(ms, HOUR, "h", MINUTE, "min");
  return twoUnits(ms, DAY, "d", HOUR, "h");
}

/** For estimates, which should not look exact: `under a minute`, `12 min`, `1.5 h`, `2 d`. */
export function formatRoughDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return UNKNOWN;
  if (Math.round(durationMs / SECOND) < 60) return "under a minute";
  if (Math.round(durationMs / MINUTE) < 60) return `${Math.round(durationMs / MINUTE)} min`;
  if (durationMs < 10 * HOUR) return `${Math.round(durationMs / (HOUR / 2)) / 2} h`;
  if (Math.round(durationMs / HOUR) < 48) return `${Math.round(durationMs / HOUR)} h`;
  return `${formatCount(durationMs / DAY)} d`;
}

/** `1,204 docs/s`, one decimal below ten. */
export function formatDocumentRate(documentsPerSecond: number): string {
  if (!Number.isFinite(documentsPerSecond)) return UNKNOWN;
  return `${formatShort(Math.max(0, documentsPerSecond))} docs/s`;
}

/** `12 MB/s`, one decimal below ten; a megabyte per second is 1,000,000 bytes, as networks are rated. */
export function formatByteRate(bytesPerSecond: number): string {
  if (!Number.isFinite(bytesPerSecond)) return UNKNOWN;
  return `${formatShort(Math.max(0, bytesPerSecond) / 1_000_000)} MB/s`;
}

/** Date and time in UTC, to the second: `2026-03-01 10:00:00 UTC`. */
export function formatInstant(instant: Date): string {
  if (Number.isNaN(instant.getTime())) return UNKNOWN;
  return `${instant.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function formatShort(value: number): string {
  const isZero = value < 0.05;
  if (isZero) return "0";
  return value < 9.95 ? value.toFixed(1) : formatCount(value);
}

function twoUnits(
  ms: number,
  unitMs: number,
  unit: string,
  smallerMs: number,
  smaller: string,
): string {
  const smallerCount = Math.round(ms / smallerMs);
  const perUnit = unitMs / smallerMs;
  const whole = formatCount(Math.floor(smallerCount / perUnit));
  const rest = smallerCount % perUnit;
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
}
