/**
 * Reading JSON without losing anything: objects become maps, since `JSON.parse` moves integer-like names to the front, and
 * numbers keep their digits, which tell 1 from 1.0.
 */

/** A number as it was written. */
export interface JsonNumber {
  readonly digits: string;
}

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = string | boolean | null | JsonNumber | readonly JsonValue[] | JsonObject;

/** Deeper texts are nobody's query, and servers refuse them. */
const MOST_LEVELS = 100;
const STRING = /"(?:[^"\\]|\\.)*"/suy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const WORD = /true|false|null/uy;
const SPACE = /[ \t\n\r]*/uy;

/** Throws a SyntaxError that says where in the text something is wrong. */
export function parseOrderedJson(text: string): JsonValue {
  const reader = { text, offset: 0 };
  const value = readValue(reader, 0);
  if (reader.offset < text.length) throw unexpected(reader);
  return value;
}

interface Reader {
  readonly text: string;
  offset: number;
}

function readValue(reader: Reader, level: number): JsonValue {
  if (level > MOST_LEVELS) throw new SyntaxError(`it has more than ${MOST_LEVELS} levels`);
  skip(reader);
  const value = readToken(reader, level);
  skip(reader);
  return value;
}

function readToken(reader: Reader, level: number): JsonValue {
  if (take(reader, "{")) return readObject(reader, level);
  if (take(reader, "[")) return readList(reader, level);
  const string = readString(reader);
  if (string !== null) return string;
  const word = match(reader, WORD);
  if (word !== null) return JSON.parse(word) as boolean | null;
  const digits = match(reader, NUMBER);
  if (digits !== null) return { digits };
  throw unexpected(reader);
}

function readObject(reader: Reader, level: number): JsonObject {
  const fields = new Map<string, JsonValue>();
  skip(reader);
  if (take(reader, "}")) return fields;
  for (;;) {
    skip(reader);
    const name = readString(reader);
    if (name === null) throw unexpected(reader);
    if (fields.has(name)) {
      throw new SyntaxError(`it has ${JSON.stringify(name)} twice in one object`);
    }
    skip(reader);
    expect(reader, ":");
    fields.set(name, readValue(reader, level + 1));
    if (take(reader, "}")) return fields;
    expect(reader, ",");
  }
}

function readList(reader: Reader, level: number): readonly JsonValue[] {
  const items: JsonValue[] = [];
  skip(reader);
  if (take(reader, "]")) return items;
  for (;;) {
    items.push(readValue(reader, level + 1));
    if (take(reader, "]")) return items;
    expect(reader, ",");
  }
}

function readString(reader: Reader): string | null {
  const start = reader.offset;
  const found = match(reader, STRING);
  if (found === null) return null;
  try {
    return JSON.parse(found) as string;
  } catch {
    reader.offset = start;
    throw unexpected(reader);
  }
}

function take(reader: Reader, character: string): boolean {
  if (reader.text[reader.offset] !== character) return false;
  reader.offset++;
  return true;
}

function expect(reader: Reader, character: string): void {
  if (!take(reader, character)) throw unexpected(reader);
}

function skip(reader: Reader): void {
  match(reader, SPACE);
}

function match(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.offset;
  const found = pattern.exec(reader.text)?.[0] ?? null;
  if (found !== null) reader.offset += found.length;
  return found;
}

function unexpected({ text, offset }: Reader): SyntaxError {
  const character = text[offset];
  if (character === undefined) return new SyntaxError("it ends too early");
  return new SyntaxError(`${JSON.stringify(character)} is unexpected at character ${offset + 1}`);
}
