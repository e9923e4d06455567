import { formatCount } from "./format-quantity.ts";

const MOST_NAMED = 5;

/** The first five of many, and how many more there are: `a, b, c, d, e and 2 more`. */
export function listSome(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${formatCount(more)} more` : ""}`;
}
