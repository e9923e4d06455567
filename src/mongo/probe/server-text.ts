import { safeText } from "../../base/safe-text.ts";

const LONGEST = 200;

/** Text that came from a server, fit for a message: one line, nothing invisible, not endless. */
export function serverText(value: unknown): string {
  const text = typeof value === "string" ? value : String(value);
  const start = safeText(text.slice(0, LONGEST));
  return text.length > LONGEST ? `${start}…` : start;
}
