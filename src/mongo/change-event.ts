/**
 * Reads the events of a change stream without decoding documents.
 * Their fields: https://www.mongodb.com/docs/v6.0/reference/change-events/
 */
import { BSON } from "mongodb";
import { OperationError } from "../base/errors.ts";
import type { Change, ChangedCollection, DocumentChange, SchemaChange } from "../model/change.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { positionOf } from "./resume-token.ts";

type Field = readonly [
  type: number,
  nameOffset: number,
  nameLength: number,
  offset: number,
  length: number,
];

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

  /** @param event - Stays in use: keys and documents are views of it. */
  read(event: Buffer): Change {
    const fields = fieldsOf(event);
    const operationType = textOf(event, fields.get("operationType"));
    const collection = this.#collectionOf(event, fields);
    if (!DOCUMENT_KINDS.has(operationType)) {
      return schemaChange(event, fields, operationType, collection);
    }
    const kind = operationType as DocumentChange["kind"];
    const documentKey = viewOf(event, fields.get("documentKey"));
    if (documentKey === null) throw notUnderstood(collection.namespace, operationType);
    return {
      kind,
      collection,
      key: keyOfDocument(documentKey),
      document: viewOf(event, fields.get("fullDocument")),
    };
  }

  #collectionOf(event: Buffer, fields: ReadonlyMap<string, Field>): ChangedCollection {
    const ns = fields.get("ns");
    const uuid = fields.get("collectionUUID");
    const id = `${latin1Of(event, ns)} ${latin1Of(event, uuid)}`;
    const known = this.#collections.get(id);
    if (known !== undefined) return known;
    const collection = { namespace: namespaceOf(event, ns), uuid: uuidOf(event, uuid) };
    // Names come and go; what is built again now and then costs nothing.
    if (this.#collections.size >= MOST_COLLECTIONS) this.#collections.clear();
    this.#collections.set(id, collection);
    return collection;
  }
}

const MOST_COLLECTIONS = 10_000;

function schemaChange(
  event: Buffer,
  fields: ReadonlyMap<string, Field>,
  operationType: string,
  collection: ChangedCollection,
): SchemaChange {
  const to = fields.get("to");
  const description = viewOf(event, fields.get("operationDescription"));
  const dropTarget = description === null ? undefined : fieldsOf(description).get("dropTarget");
  const token = viewOf(event, fields.get("_id"));
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

function fieldsOf(document: Uint8Array, start = 0): ReadonlyMap<string, Field> {
  const view = asBuffer(document);
  const fields = new Map<string, Field>();
  for (const field of BSON.onDemand.parseToElements(document, start) as Iterable<Field>) {
    fields.set(view.toString("latin1", field[1], field[1] + field[2]), field);
  }
  return fields;
}

function viewOf(document: Buffer, field: Field | undefined): Buffer | null {
  return field === undefined ? null : document.subarray(field[3], field[3] + field[4]);
}

function latin1Of(document: Buffer, field: Field | undefined): string {
  return field === undefined ? "" : document.toString("latin1", field[3], field[3] + field[4]);
}

const STRING = 2;

function textOf(document: Buffer, field: Field | undefined): string {
  // int32 length, characters, 0
  if (field === undefined || field[0] !== STRING) return "";
  return document.toString("utf8", field[3] + 4, field[3] + field[4] - 1);
}

const BINARY = 5;
const UUID_BYTES = 16;

/** UUID as hex; `true`, which `dropTarget` is on servers that do not tell which collection, counts as none. */
function uuidOf(document: Buffer, field: Field | undefined): string | null {
  if (field === undefined || field[0] !== BINARY) return null;
  const end = field[3] + field[4];
  return document.toString("hex", end - UUID_BYTES, end);
}

function namespaceOf(document: Buffer, field: Field | undefined): Namespace {
  const ns = viewOf(document, field);
  if (ns === null) return { db: "", coll: "" };
  const names = fieldsOf(ns);
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

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
