import type { Random } from "./random.ts";

const SYLLABLES =
  "ka lo mi ter on sa ve ri du pel in ga ros ti men a be quo nu las er fi cha do".split(" ");
const VOCABULARY = 4000;
const STOCK_CHARACTERS = 1_000_000;

/** Cuts texts of any length out of one long text of made-up words; it compresses about as prose does. */
export function sampleText(random: Random): (length: number) => string {
  const words = Array.from({ length: VOCABULARY }, () =>
    Array.from(
      { length: 1 + random.below(4) },
      () => SYLLABLES[random.below(SYLLABLES.length)],
    ).join(""),
  );
  let stock = "";
  while (stock.length < STOCK_CHARACTERS) {
    // Squared: few words make up most of a text, as in any language.
    stock += `${words[Math.floor(random.fraction() ** 2 * VOCABULARY)]} `;
  }
  return (length) => {
    const start = random.below(stock.length - length);
    return stock.slice(start, start + length);
  };
}
