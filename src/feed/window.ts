/** Changes that are applied together, coalesced to one net change for each key (I4). */
import type { ChangedCollection, DocumentChange } from "../model/change.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { CollectionWindow, NetChange } from "../model/net-change.ts";
import { canonicalKey } from "./canonical-key.ts";

/** What is known of a collection that its changes do not tell. */
export interface CollectionTraits {
  /** Whether it compares strings by a collation of its own. */
  readonly isCollated: boolean;
  /** Whether documents that come with changes are of no use, since only the source can say if they are wanted. */
  readonly isFiltered: boolean;
}

interface Collected {
  readonly collection: ChangedCollection;
  readonly traits: CollectionTraits;
  readonly byKey: Map<string, NetChange>;
}

export class Window {
  readonly #traitsOf: (collection: ChangedCollection) => CollectionTraits;
  readonly #collections = new Map<string, Collected>();
  #changeCount = 0;

  constructor(traitsOf: (collection: ChangedCollection) => CollectionTraits) {
    this.#traitsOf = traitsOf;
  }

  /** Changes that were added. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** Adds what happened next. */
  add(change: DocumentChange): void {
    this.#changeCount++;
    const { byKey, traits } = this.#collectedOf(change.collection);
    const id = canonicalKey(change.key, traits.isCollated);
    const wanted = traits.isFiltered ? { ...change, document: null } : change;
    byKey.set(id, follow(byKey.get(id), wanted));
  }

  /** Net changes by collection. */
  collections(): readonly CollectionWindow[] {
    return [...this.#collections.values()].map(({ collection, byKey }) => ({
      collection,
      changes: [...byKey.values()],
    }));
  }

  #collectedOf(collection: ChangedCollection): Collected {
    const id = collection.uuid ?? "";
    const known = this.#collections.get(id);
    if (known !== undefined) return known;
    const collected = { collection, traits: this.#traitsOf(collection), byKey: new Map() };
    this.#collections.set(id, collected);
    return collected;
  }
}

function follow(before: NetChange | undefined, change: DocumentChange): NetChange {
  if (before !== undefined && !isOfKey(before, change.key)) return exchange(before, change.key);
  if (before?.kind === "exchange") return before;
  const { kind, key, document } = change;
  if (kind === "delete") return { kind, key };
  if (document === null) return { kind: "fetch", key };
  const isNew = before === undefined ? kind === "insert" : before.kind === "insert";
  return { kind: isNew ? "insert" : "put", key, document };
}

function exchange(before: NetChange, key: DocumentKey): NetChange {
  return { kind: "exchange", keys: [...keysOf(before), key] };
}

function isOfKey(change: NetChange, key: DocumentKey): boolean {
  return keysOf(change).some((each) => Buffer.compare(each, key) === 0);
}

function keysOf(change: NetChange): readonly DocumentKey[] {
  return change.kind === "exchange" ? change.keys : [change.key];
}
