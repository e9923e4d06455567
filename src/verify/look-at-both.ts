/** Reads both documents of keys. */
import type { DocumentKey } from "../model/document-key.ts";
import type { Namespace } from "../model/namespace.ts";
import type { ComparedDeployment } from "../ports.ts";
import { keyText, type Suspect } from "./suspect.ts";

/** Two collections that are to be equal. */
export interface ComparedSides {
  readonly source: Side;
  readonly target: Side;
  /** Whether the collection compares strings by a collation of its own. */
  readonly isCollated: boolean;
}

export interface Side {
  readonly reader: ComparedDeployment;
  readonly namespace: Namespace;
  readonly uuid: string | null;
  readonly filter: string | null;
}

export interface Pair {
  readonly suspect: Suspect;
  readonly source: Uint8Array | null;
  readonly target: Uint8Array | null;
}

const MOST_KEYS = 200;
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * The documents of each suspect's key on both sides, some at a time. A key that a server takes for the same in two forms, `1` and `1.0`, is
 * given once.
 *
 * @param seen - Such keys that were decided before; those that are given now are added.
 */
export async function* lookAtBoth(
  suspects: readonly Suspect[],
  sides: ComparedSides,
  seen: Set<string>,
  signal: AbortSignal,
): AsyncGenerator<readonly Pair[]> {
  for (const group of groupsOf(suspects)) {
    signal.throwIfAborted();
    yield await lookAtGroup(group, sides, seen, signal);
  }
}

function* groupsOf(suspects: readonly Suspect[]): Generator<readonly Suspect[]> {
  let group: Suspect[] = [];
  let bytes = 0;
  for (const suspect of suspects) {
    if (group.length >= MOST_KEYS || (group.length > 0 && bytes + suspect.bytes > MOST_BYTES)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(suspect);
    bytes += suspect.bytes;
  }
  if (group.length > 0) yield group;
}

async function lookAtGroup(
  suspects: readonly Suspect[],
  sides: ComparedSides,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<readonly Pair[]> {
  const keys = suspects.map(({ key }) => key);
  const source = byKey(await lookUp(sides.source, keys, signal), sides.source);
  const target = byKey(await lookUp(sides.target, keys, signal), sides.target);
  const pairs = suspects.map((suspect) => {
    const text = keyText(suspect.key);
    return { suspect, source: source.get(text) ?? null, target: target.get(text) ?? null };
  });
  if (!mayHaveOtherForms(pairs, source.size, target.size)) return pairs;
  const result: Pair[] = [];
  for (const pair of pairs) {
    const isWhole = pair.source !== null && pair.target !== null;
    const found =
      isWhole || !hasManyForms(pair.suspect.key, sides.isCollated)
        ? pair
        : await lookAtOne(pair.suspect, sides, seen, signal);
    if (found !== null) result.push(found);
  }
  return result;
}

/** Whether a document came that no key was asked for in its form, or both sides lack some. */
function mayHaveOtherForms(
  pairs: readonly Pair[],
  sourceCount: number,
  targetCount: number,
): boolean {
  const inSource = pairs.filter(({ source }) => source !== null);
  const inTarget = pairs.filter(({ target }) => target !== null);
  if (inSource.length !== sourceCount || inTarget.length !== targetCount) return true;
  return (
    inSource.some(({ target }) => target === null) && inTarget.some(({ source }) => source === null)
  );
}

/** The server says which document has a key. Null: that one was given before, under its other form. */
async function lookAtOne(
  suspect: Suspect,
  sides: ComparedSides,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<Pair | null> {
  const [source = null] = await lookUp(sides.source, [suspect.key], signal);
  const [target = null] = await lookUp(sides.target, [suspect.key], signal);
  const found = source ?? target;
  if (found === null) return { suspect, source, target };
  const text = keyText(sides.source.reader.keyOf(found));
  if (seen.has(text)) return null;
  seen.add(text);
  return { suspect: { ...suspect, key: sides.source.reader.keyOf(found) }, source, target };
}

async function lookUp(
  { reader, namespace, uuid, filter }: Side,
  keys: readonly DocumentKey[],
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  return reader.lookUp({ namespace, uuid, keys, filter }, signal);
}

function byKey(
  documents: readonly Uint8Array[],
  { reader }: Side,
): ReadonlyMap<string, Uint8Array> {
  return new Map(documents.map((document) => [keyText(reader.keyOf(document)), document]));
}

/** Where the type of a key's value stands, behind the length of its document. */
const TYPE_OFFSET = 4;
const STRING = 0x02;
/** Documents, arrays, symbols, code with a scope, and numbers. */
const TYPES_WITH_FORMS: ReadonlySet<number> = new Set([
  0x01, 0x03, 0x04, 0x0e, 0x0f, 0x10, 0x12, 0x13,
]);

/** Whether a server may take other bytes for the same key. */
export function hasManyForms(key: DocumentKey, isCollated: boolean): boolean {
  const type = key[TYPE_OFFSET] ?? 0;
  return TYPES_WITH_FORMS.has(type) || (type === STRING && isCollated);
}
