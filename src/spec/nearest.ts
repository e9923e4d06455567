import { distance } from "fastest-levenshtein";

const LONGEST_COMPARED = 64;

/**
 * The candidate that the text was probably meant to be, ignoring case; null where none is near: more than a third of
 * the longer one (at least two letters) would have to change.
 */
function nearestOf(text: string, candidates: readonly string[]): string | null {
  if (text.length === 0 || text.length > LONGEST_COMPARED) return null;
  let nearest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = distance(text.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(2, Math.floor(Math.max(text.length, candidate.length) / 3));
    if (edits < least && edits <= allowed && edits < candidate.length) {
      nearest = candidate;
      least = edits;
    }
  }
  return nearest;
}

/** `Did you mean "x"?` with a trailing space, or nothing. */
export function didYouMean(text: string, candidates: readonly string[]): string {
  const nearest = nearestOf(text, candidates);
  return nearest === null ? "" : `Did you mean "${nearest}"? `;
}
