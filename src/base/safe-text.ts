/**
 * Names and messages from servers and specs are untrusted. What reaches a terminal passes through here, so that it
 * can neither move the cursor nor colour, hide or reorder anything.
 */

/** Control and format characters (ANSI escapes, bidi, zero-width), private and unassigned ones, odd spaces. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;
const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** One line of harmless text: every character that is invisible or controls the terminal is shown as an escape. */
export function safeText(text: string): string {
  return text.replaceAll(UNSAFE, escapeCharacter);
}

/** As `safeText`, but line breaks stay: for texts of this program's own that have several lines. */
export function safeLines(text: string): string[] {
  return text.split(/\r?\n/).map(safeText);
}

/** JSON that is harmless on a terminal and parses to the same value: `JSON.stringify` leaves C1 and bidi as they are. */
export function safeJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent) ?? "null";
  return json.replaceAll(UNSAFE, (character) => {
    if (character === "\n") return character;
    return [...character].flatMap(utf16Units).map(escapeUnit).join("");
  });
}

/** Lines of a job's log that GitHub Actions would obey: those of names and messages are shown with something before them. */
export function withoutCommands(text: string): string {
  return text.replaceAll(/^(\s*)(?=::|##\[)/gmu, "$1\\");
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : escapeUnit(code);
}

function utf16Units(character: string): number[] {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
}

function escapeUnit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
