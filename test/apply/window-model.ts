/** A source with a history, and a destination, in memory: as servers treat keys, documents and filters. */
import { BSON } from "mongodb";
import type { ApplyTools } from "../../src/apply/apply-window.ts";
import type { DocumentChange } from "../../src/model/change.ts";
import type { DocumentKey } from "../../src/model/document-key.ts";
import { keyOfDocument } from "../../src/mongo/raw-bson.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";

const COLLECTION = { namespace: { db: "shop", coll: "orders" }, uuid: "uuid" };

/** Forms of keys: those of one row are one key to a server. */
export const KEYS: readonly (readonly unknown[])[] = [
  [new BSON.Int32(1), new BSON.Double(1), BSON.Long.fromNumber(1)],
  [new BSON.Int32(2)],
  ["a"],
  // Under a collation.
  ["b", "B"],
  // To this program one key, to a server two.
  [BSON.Long.MAX_VALUE],
  [BSON.Long.MAX_VALUE.subtract(1)],
];

/** Documents by the key that a server sees; the form of the key is part of the document. */
export type Contents = Map<number, Uint8Array>;

export interface Step {
  readonly row: number;
  readonly form: number;
  /** `rewrite`: a write that may give the key another form, as a pipeline can. */
  readonly operation: "write" | "rewrite" | "delete";
  readonly value: number;
  /** Told without its document. */
  readonly isLean: boolean;
}

export interface History {
  readonly changes: readonly DocumentChange[];
  /** What the source held after each of them; the first: before any. */
  readonly states: readonly Contents[];
}

/** What a source tells when these steps are tried one after another; impossible ones are left out. */
export function historyOf(steps: readonly Step[]): History {
  const states: Contents[] = [new Map()];
  const changes: DocumentChange[] = [];
  for (const step of steps) {
    const before = states.at(-1) ?? new Map();
    const standing = before.get(step.row);
    const after = new Map(before);
    const forms = KEYS[step.row] ?? [];
    const form = forms[step.form % forms.length];
    if (step.operation === "delete") {
      if (standing === undefined) continue;
      after.delete(step.row);
      changes.push(change("delete", keyOfDocument(standing), null));
    } else if (standing === undefined) {
      const document = documentOf(form, step.value);
      after.set(step.row, document);
      changes.push(change("insert", keyOfDocument(document), step.isLean ? null : document));
    } else {
      const former = keyOfDocument(standing);
      const document = documentOf(step.operation === "write" ? valueOf(former) : form, step.value);
      after.set(step.row, document);
      const key = keyOfDocument(document);
      const isOther = Buffer.compare(key, former) !== 0;
      if (isOther && !step.isLean) {
        changes.push(change("delete", former, null));
        states.push(after);
      }
      // Of a document that is too large to be told, only the former key is.
      changes.push(step.isLean ? change("update", former, null) : change("replace", key, document));
    }
    states.push(after);
  }
  return { changes, states };
}

function change(
  kind: DocumentChange["kind"],
  key: DocumentKey,
  document: Uint8Array | null,
): DocumentChange {
  return { kind, collection: COLLECTION, key, document };
}

function documentOf(id: unknown, value: number): Uint8Array {
  return BSON.serialize(
    new Map<string, unknown>([
      ["_id", id],
      ["value", value],
    ]) as never,
  );
}

function rowOf(key: DocumentKey): number {
  return ROWS.get(textOf(valueOf(key))) ?? -1;
}

function valueOf(key: DocumentKey): unknown {
  return BSON.deserialize(key, { promoteValues: false })._id;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}

export interface ModelEnds {
  /** What the source holds now. */
  readonly source: () => Contents;
  /** Is changed. */
  readonly destination: Contents;
  /** A filter; null: none. */
  readonly isWanted: ((document: Uint8Array) => boolean) | null;
  readonly isOrdered: boolean;
  /** Throws where the process is to end: asked before each write. */
  readonly crash: () => void;
}

const ROWS: ReadonlyMap<string, number> = new Map(
  KEYS.flatMap((forms, row) => forms.map((form) => [textOf(form), row])),
);

export function modelTools(ends: ModelEnds): ApplyTools {
  const { source, destination, isWanted, isOrdered, crash } = ends;
  const put = (documents: readonly Uint8Array[]): void => {
    for (const document of documents) {
      crash();
      const row = rowOf(keyOfDocument(document));
      const standing = destination.get(row);
      // A replacement keeps the form that a number has; strings are put in their own.
      const isString = typeof KEYS[row]?.[0] === "string";
      const stored =
        standing !== undefined && !isString
          ? documentOf(valueOf(keyOfDocument(standing)), BSON.deserialize(document).value as number)
          : document;
      destination.set(row, stored);
    }
  };
  return {
    source: {
      keyOf: keyOfDocument,
      async *fetchDocuments({ keys, filter }) {
        const rows = new Set(keys.map(rowOf));
        const found = [...rows].flatMap((row) => source().get(row) ?? []);
        yield filter === null || isWanted === null ? found : found.filter(isWanted);
      },
    },
    destination: {
      insertDocuments: async (_target, documents) => put(documents),
      putDocuments: async (_target, documents) => put(documents),
      // Later than what is written beside it.
      deleteDocuments: async (_target, keys) => {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        for (const key of keys) {
          crash();
          destination.delete(rowOf(key));
        }
      },
    },
    load: unlimitedLoad(),
    targetsOf: () => [
      {
        namespace: COLLECTION.namespace,
        hasValidator: false,
        deletesByItself: false,
        isCollated: true,
        isOrdered,
        filter: isWanted === null ? null : "{}",
      },
    ],
    retry: async (run) => run(),
    stop: new AbortController().signal,
    onWritten: () => {},
  };
}
