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
  /** By the text that all forms of a key have in common; by their bytes where several have changed. */
  readonly byText: Map<string, NetChange | Map<string, NetChange>>;
  hasForms: boolean;
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
    const collected = this.#collectedOf(change.collection);
    const { byText, traits } = collected;
    const text = canonicalKey(change.key, traits.isCollated);
    const wanted = traits.isFiltered ? { ...change, document: null } : change;
    const before = byText.get(text);
    if (before instanceof Map) addForm(before, wanted);
    else if (before === undefined || Buffer.compare(before.key, wanted.key) === 0) {
      byText.set(text, follow(before, wanted));
    } else {
      const forms = new Map([[bytesOf(before.key), before]]);
      addForm(forms, wanted);
      byText.set(text, forms);
      collected.hasForms = true;
    }
  }

  /** Net changes by collection. */
  collections(): readonly CollectionWindow[] {
    return [...this.#collections.values()].map(({ collection, byText, hasForms }) => ({
      collection,
      changes: hasForms
        ? [...byText.values()].flatMap(formsOf)
        : ([...byText.values()] as NetChange[]),
      hasForms,
    }));
  }

  #collectedOf(collection: ChangedCollection): Collected {
    const id = collection.uuid ?? "";
    const known = this.#collections.get(id);
    if (known !== undefined) return known;
    const traits = this.#traitsOf(collection);
    const collected = { collection, traits, byText: new Map(), hasForms: false };
    this.#collections.set(id, collected);
    return collected;
  }
}

function addForm(forms: Map<string, NetChange>, change: DocumentChange): void {
  const bytes = bytesOf(change.key);
  forms.set(bytes, follow(forms.get(bytes), change));
}

function formsOf(changes: NetChange | Map<string, NetChange>): readonly NetChange[] {
  if (!(changes instanceof Map)) return [changes];
  return [...changes.values()].map((change) =>
    change.kind === "fetch" ? { ...change, isForm: true } : change,
  );
}

function bytesOf(key: DocumentKey): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/** @param before - Of the same key in the same form. */
function follow(before: NetChange | undefined, change: DocumentChange): NetChange {
  const { kind, key, document } = change;
  if (kind === "delete") return { kind, key };
  if (document === null) return { kind: "fetch", key };
  const isNew = before === undefined ? kind === "insert" : before.kind === "insert";
  return { kind: isNew ? "insert" : "put", key, document };
}
