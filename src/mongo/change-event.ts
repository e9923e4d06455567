/**
 * Reads the events of a change stream without decoding documents.
 * Their fields: https://www.mongodb.com/docs/v6.0/reference/change-events/
 */
import { bsonValueBytes } from "../base/bson-value-bytes.ts";
import { OperationError } from "../base/errors.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { Change, ChangedCollection, DocumentChange, SchemaChange } from "../model/change.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { positionOf } from "./resume-token.ts";

/** A field of raw BSON: its type, and where its value begins and ends. */
interface Field {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

const DOCUMENT_KINDS: ReadonlySet<string> = new Set(["insert", "replace", "update", "delete"]);

const SCHEMA_KINDS: Readonly<Record<string, SchemaChange["kind"]>> = {
  create: "create",
  createIndexes: "alter",
  dropIndexes: "alter",
  modify: "alter",
  drop: "drop",
  rename: "rename",
  dropDatabase: "drop-database",
};

/** Reads events one after another; collections that were named before are not built again. */
export class ChangeEventReader {
  readonly #collections = new Map<string, ChangedCollection>();

  /**
   * One change, but for a replacement that gives the key another form (`1` becomes `1.0`), which a pipeline can: servers tell the former
   * key and the new document (seen on 6.0.5). It counts as a deletion and what follows under the new key.
   *
   * @param event - Stays in use: keys and documents are views of it.
   */
  read(event: Buffer): readonly [Change] | readonly [Change, Change] {
    const fields = fieldsOf(event);
    const operationType = textOf(event, fields.operationType);
    const collection = this.#collectionOf(event, fields);
    if (!DOCUMENT_KINDS.has(operationType)) {
      return [schemaChange(event, fields, operationType, collection)];
    }
    const kind = operationType as DocumentChange["kind"];
    const documentKey = viewOf(event, fields.documentKey);
    if (documentKey === null) throw notUnderstood(collection.namespace, operationType);
    const key = onlyIdOf(documentKey);
    const document = viewOf(event, fields.fullDocument);
    if (document === null || beginsWith(document, key))
      return [{ kind, collection, key, document }];
    const ownKey = keyOfDocument(document);
    const change = { kind, collection, key: ownKey, document };
    if (Buffer.compare(ownKey, key) === 0) return [change];
    return [{ kind: "delete", collection, key, document: null }, change];
  }

  #collectionOf(event: Buffer, { ns, collectionUUID }: EventFields): ChangedCollection {
    const id = `${latin1Of(event, ns)} ${latin1Of(event, collectionUUID)}`;
    const known = this.#collections.get(id);
    if (known !== undefined) return known;
    const collection = {
      namespace: namespaceOf(event, ns),
      uuid: uuidOf(event, collectionUUID),
    };
    // Names come and go; what is built again now and then costs nothing.
    if (this.#collections.size >= MOST_COLLECTIONS) this.#collections.clear();
    this.#collections.set(id, collection);
    return collection;
  }
}

const MOST_COLLECTIONS = 10_000;

function schemaChange(
  event: Buffer,
  fields: EventFields,
  operationType: string,
  collection: ChangedCollection,
): SchemaChange {
  const { to } = fields;
  const description = viewOf(event, fields.operationDescription);
  const dropTarget = description === null ? undefined : namedFields(description).get("dropTarget");
  const token = viewOf(event, fields._id);
  if (token === null) throw notUnderstood(collection.namespace, operationType);
  return {
    kind: SCHEMA_KINDS[operationType] ?? "unknown",
    operationType,
    collection,
    renamedTo: to === undefined ? null : namespaceOf(event, to),
    droppedUuid: description === null ? null : uuidOf(description, dropTarget),
    position: positionOf(Buffer.from(token)),
  };
}

type EventFields = Readonly<Partial<Record<EventFieldName, Field>>>;
type EventFieldName = (typeof EVENT_FIELDS)[number];

const EVENT_FIELDS = [
  "_id",
  "operationType",
  "ns",
  "to",
  "documentKey",
  "collectionUUID",
  "operationDescription",
  "fullDocument",
] as const;

const BY_SIGN = new Map<number, EventFieldName>(
  EVENT_FIELDS.map((name) => [signOf(name.charCodeAt(0), name.length), name]),
);

/** First character and length tell the fields apart. */
function signOf(firstCharacter: number, length: number): number {
  return firstCharacter * 256 + length;
}

/** Of an event, which has no other fields than those that were asked for. */
function fieldsOf(event: Buffer): EventFields {
  const fields: Partial<Record<EventFieldName, Field>> = {};
  forEachField(event, (nameStart, nameEnd, field) => {
    const name = BY_SIGN.get(signOf(event[nameStart] ?? 0, nameEnd - nameStart));
    if (name !== undefined) fields[name] = field;
  });
  return fields;
}

function namedFields(document: Buffer): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  forEachField(document, (nameStart, nameEnd, field) => {
    fields.set(document.toString("utf8", nameStart, nameEnd), field);
  });
  return fields;
}

function forEachField(
  document: Buffer,
  visit: (nameStart: number, nameEnd: number, field: Field) => void,
): void {
  const last = document.length - 1;
  for (let offset = 4; offset < last;) {
    const type = document[offset] ?? 0;
    const nameStart = offset + 1;
    let nameEnd = nameStart;
    while (document[nameEnd] !== 0) nameEnd++;
    const start = nameEnd + 1;
    const end = start + bsonValueBytes(document, type, start);
    visit(nameStart, nameEnd, { type, start, end });
    offset = end;
  }
}

/** The view itself where it holds nothing else, as in all collections that are not sharded. */
function onlyIdOf(documentKey: Buffer): DocumentKey {
  const type = documentKey[4] ?? 0;
  const isAlone =
    ID_VALUE_OFFSET + bsonValueBytes(documentKey, type, ID_VALUE_OFFSET) === documentKey.length - 1;
  const isId =
    documentKey[5] === 0x5f &&
    documentKey[6] === 0x69 &&
    documentKey[7] === 0x64 &&
    documentKey[8] === 0;
  return isId && isAlone ? documentKey : keyOfDocument(documentKey);
}

/** Whether the key is the document's first field, byte for byte: so it is in all that servers store. */
function beginsWith(document: Buffer, key: DocumentKey): boolean {
  const end = key.length - 1;
  return document.length > end && document.compare(key, FIRST_FIELD, end, FIRST_FIELD, end) === 0;
}

/** Behind the length. */
const FIRST_FIELD = 4;

/** Behind the length, the type, and `_id` with its end. */
const ID_VALUE_OFFSET = 9;

function viewOf(document: Buffer, field: Field | undefined): Buffer | null {
  return field === undefined ? null : document.subarray(field.start, field.end);
}

function latin1Of(document: Buffer, field: Field | undefined): string {
  return field === undefined ? "" : document.toString("latin1", field.start, field.end);
}

const STRING = 2;

function textOf(document: Buffer, field: Field | undefined): string {
  // int32 length, characters, 0
  if (field === undefined || field.type !== STRING) return "";
  return document.toString("utf8", field.start + 4, field.end - 1);
}

const BINARY = 5;
const UUID_BYTES = 16;

/** UUID as hex; `true`, which `dropTarget` is on servers that do not tell which collection, counts as none. */
function uuidOf(document: Buffer, field: Field | undefined): string | null {
  if (field === undefined || field.type !== BINARY) return null;
  return document.toString("hex", field.end - UUID_BYTES, field.end);
}

function namespaceOf(document: Buffer, field: Field | undefined): Namespace {
  const ns = viewOf(document, field);
  if (ns === null) return { db: "", coll: "" };
  const names = namedFields(ns);
  return { db: textOf(ns, names.get("db")), coll: textOf(ns, names.get("coll")) };
}

function notUnderstood(namespace: Namespace, operationType: string): OperationError {
  return new OperationError({
    operation: "read changes",
    object: formatNamespace(namespace),
    isRetryable: false,
    hint: "Report this with the source's version",
    cause: new Error(`a change ${operationType} without its key or token`),
  });
}
