/** Times of the day in which other limits hold. Pure. */

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What may hold otherwise within a window; what is left out is as outside. */
interface WindowLimits {
  /** Null: unlimited. */
  readonly documentsPerSecond?: number | null;
  /** Null: unlimited. */
  readonly bytesPerSecond?: number | null;
  readonly workers?: number;
}

export interface LoadWindow {
  /** Minutes since midnight by the clocks of the time zone. */
  readonly fromMinute: number;
  /** Up to 1440; not behind `fromMinute`: on the next day. */
  readonly toMinute: number;
  /** Name of an IANA time zone. */
  readonly timeZone: string;
  /** Days on which it begins; null: every day. */
  readonly days: readonly Weekday[] | null;
  /** Whether documents are copied and compared meanwhile. */
  readonly mayCopy: boolean;
  readonly limits: WindowLimits;
}

const DAY_MINUTES = 24 * 60;
export const WEEK_MINUTES = 7 * DAY_MINUTES;

/** A time of the week, in minutes since the beginning of Monday. */
interface WeekRange {
  readonly from: number;
  /** Exclusive; may be behind the end of the week, and then goes on at its beginning. */
  readonly to: number;
}

/** The times of each week that a window covers, by the clocks of its time zone. */
export function weekRangesOf({ fromMinute, toMinute, days }: LoadWindow): readonly WeekRange[] {
  const minutes =
    toMinute > fromMinute ? toMinute - fromMinute : DAY_MINUTES - fromMinute + toMinute;
  return (days ?? WEEKDAYS).map((day) => {
    const from = WEEKDAYS.indexOf(day) * DAY_MINUTES + fromMinute;
    return { from, to: from + minutes };
  });
}

/** Whether both cover some minute of the week. Says nothing of windows in different time zones. */
export function overlap(a: LoadWindow, b: LoadWindow): boolean {
  return weekRangesOf(a).some((left) =>
    weekRangesOf(b).some((right) =>
      [-WEEK_MINUTES, 0, WEEK_MINUTES].some(
        (shift) => left.from < right.to + shift && right.from + shift < left.to,
      ),
    ),
  );
}

/**
 * Whether a window holds at an instant. Where clocks are put forward or back, it begins and ends when they show its times, so that it may be
 * an hour shorter or longer.
 */
export function holdsAt(window: LoadWindow, at: Date): boolean {
  const minute = minuteOfWeek(at, window.timeZone);
  return weekRangesOf(window).some(
    ({ from, to }) => (minute >= from && minute < to) || minute + WEEK_MINUTES < to,
  );
}

/** Minutes since the beginning of Monday that clocks in the time zone show. */
export function minuteOfWeek(at: Date, timeZone: string): number {
  const parts = new Map(
    formatIn(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = WEEKDAYS.findIndex((name) => parts.get("weekday")?.toLowerCase() === name);
  return day * DAY_MINUTES + Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
}

/** Whether this version of Node knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    formatIn(name);
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, format);
  return format;
}
