import { findCredential } from "./credential-patterns.ts";

const ECHO_LIMIT = 60;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/**
 * Makes untrusted text harmless on a terminal and in a CI log: control, format and line-breaking characters become
 * `\u{…}`, and so does the `[` of `##[`, which GitHub's runner obeys anywhere in a line.
 */
export function printableText(text: string): string {
  return text.replaceAll(INVISIBLE, escapeCharacter).replaceAll("##[", String.raw`##\u{5b}`);
}

/** A value as a message may show it: in quotes, harmless, at most 60 characters; credentials are hidden (I9). */
export function quoteText(text: string): string {
  return findCredential(text) === null ? `"${cut(text)}"` : "[hidden]";
}

/** A key as a message or path may show it, without quotes. */
export function printableKey(key: string): string {
  return findCredential(key) === null ? cut(key) : "[hidden]";
}

function cut(text: string): string {
  // Twice as many UTF-16 units hold the limit in code points, and a huge text isn't split up whole.
  const characters = Array.from(text.slice(0, 2 * ECHO_LIMIT + 2));
  if (characters.length <= ECHO_LIMIT) return printableText(text);
  return `${printableText(characters.slice(0, ECHO_LIMIT - 1).join(""))}…`;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
