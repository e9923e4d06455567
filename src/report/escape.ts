import { safeText } from "../base/safe-text.ts";

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
 * read. GitHub looks for mentions, issues and addresses after that, in the finished page, where only a character between
 * helps: a zero-width space.
 */
export function markdownText(text: string): string {
  return safeText(text)
    .trim()
    .replaceAll(/[\\`*_{}[\]<>()#!|~&$^]/g, (character) => `\\${character}`)
    .replace(/^(?:[-+=:]|\d+(?=[.)]))/, "\u200b$&")
    .replaceAll(/@|:(?=\/\/)|www(?=\.)|\\#(?=\d)|\bGH(?=-\d)/gi, "$&\u200b");
}
