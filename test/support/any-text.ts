import * as fc from "fast-check";

/** Code points between these are halves of surrogate pairs. */
const SURROGATES_BEGIN = 0xd800;
const SURROGATE_COUNT = 0x800;

/**
 * Any character of Unicode. fast-check's own unit `binary` is the same set, but fills a table of all 1.1 million of them before its
 * first string.
 */
const anyCharacter = fc.nat({ max: 0x10ffff - SURROGATE_COUNT }).map(
  (rank) => String.fromCodePoint(rank < SURROGATES_BEGIN ? rank : rank + SURROGATE_COUNT),
  (character) => {
    const code = typeof character === "string" ? character.codePointAt(0) : undefined;
    if (code === undefined || character !== String.fromCodePoint(code))
      throw new TypeError("no single character");
    return code < SURROGATES_BEGIN ? code : code - SURROGATE_COUNT;
  },
);

/** Text of any characters, hidden and controlling ones among them. */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: anyCharacter, ...(maxLength === undefined ? {} : { maxLength }) });
}
