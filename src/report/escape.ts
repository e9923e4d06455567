import { safeLines, safeText } from "../base/safe-text.ts";
import { byteLength } from "./fit-sections.ts";

/*
 * Names of databases, collections and indexes, ids of documents and messages of servers are untrusted text. In a report
 * they must look like what they are, and nothing in them may come alive: no markup, link, mention or hidden character.
 */

const HTML_ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** For text and quoted attribute values of HTML. Invisible characters are shown as escapes. */
export function escapeHtml(text: string): string {
  return safeText(text).replaceAll(/[&<>"']/g, (character) => HTML_ENTITIES.get(character) ?? "");
}

/**
 * A name as inline code, also inside of a table. GitHub finds no mention, link or issue in code, and neither markup
 * nor HTML works there. The fence is longer than any run of backticks in the name.
 */
export function markdownCode(text: string): string {
  if (text === "") return "*(empty)*";
  // A table takes `\|` for a bar, but `\\|` for the end of the cell: a bar behind a backslash is shown as an escape.
  const inert = safeText(text).replaceAll(/\\\|/g, "\\\\u007c").replaceAll("|", "\\|");
  const longestRun = Math.max(0, ...[...inert.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const needsPadding = /^[` ]|[` ]$/.test(inert) && inert.trim() !== "";
  const padding = needsPadding ? " " : "";
  return `${fence}${padding}${inert}${padding}${fence}`;
}

/**
 * Prose on one line, also inside of a table: shown as it is, without markup. Backslashes stop what markdown would
 * read. GitHub looks for mentions, issues, commits and addresses after that, in the finished page, where only a character
 * between helps: a zero-width space.
 */
export function markdownText(text: string): string {
  return safeText(text)
    .trim()
    .replaceAll(REFERENCE, `$&${BREAK}`)
    .replaceAll(COMMIT, (hash) => hash.replaceAll(/.{6}(?=.)/g, `$&${BREAK}`))
    .replace(/^(?:[-+=:]|\d+(?=[.)]))/, `${BREAK}$&`)
    .replaceAll(/[\\`*_{}[\]<>()#!|~&$^]/g, (character) => `\\${character}`);
}

const BREAK = "\u200b";
/**
 * What begins a mention (also in addresses of mail and in `owner/repository@commit`), an address, an issue or an emoji; for GitLab
 * also a merge request, an epic, a snippet, a label or a milestone.
 */
const REFERENCE =
  /@|:(?=\/\/|[a-z+-][\w+-]*:|\d{3,4}:)|www(?=\.)|#(?=\d)|\bGH(?=-\d)|[!&$](?=\d)|[~%](?=["\w])/gi;
/** What GitHub takes for the beginning of a commit's hash. */
const COMMIT = /\b[0-9a-f]{7,40}\b/gi;

/** The same for a text of several lines, each of which begins with the prefix. Empty lines are left out. */
export function markdownLines(text: string, prefix = ""): string {
  const lines = safeLines(text).map(markdownText);
  return prefix + lines.filter((line) => line !== "").join(`\\\n${prefix}`);
}

/** As much of the beginning of a text as is rendered to so many bytes, cut before it is rendered. */
export function renderedWithin(
  text: string,
  mostBytes: number,
  render: (text: string) => string,
): string {
  const whole = render(text);
  if (byteLength(whole) <= mostBytes) return whole;
  // No rendering is shorter than its text, and so much of it is looked at.
  const letters = Array.from(text.slice(0, mostBytes));
  let [fits, tooMany] = [0, letters.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const shown = render(`${letters.slice(0, middle).join("")}…`);
    if (byteLength(shown) <= mostBytes) fits = middle;
    else tooMany = middle;
  }
  return render(`${letters.slice(0, fits).join("")}…`);
}

/** A link of this program's own, by an address from its surroundings; without one, the text alone. */
export function markdownLink(text: string, url: string): string {
  if (!/^https?:\/\/[^\s<>"`]+$/u.test(url)) return text;
  return `[${text}](${url.replaceAll(/[()[\]\\|]/g, encodeCharacter)})`;
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
