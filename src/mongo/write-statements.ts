/** Statements of write commands about one document each, as raw BSON: keys and documents go through unchanged. */
import { keyOfDocument } from "./raw-bson.ts";
import { BSON_TYPE, onlyValue, rawDocument, rawElement } from "./raw-document.ts";

const ONE = Buffer.from([1, 0, 0, 0]);
const TRUE = Buffer.from([1]);

/** Deletes the document's key. */
export function deleteStatement(document: Uint8Array): Uint8Array {
  return rawDocument(
    rawElement(BSON_TYPE.document, "q", keyQuery(document)),
    rawElement(BSON_TYPE.int32, "limit", ONE),
  );
}

/**
 * Puts the document in the place of what its key has, or inserts it. A replacement by a pipeline, unlike an insert or a plain
 * replacement, keeps an empty timestamp on every version, and every other byte (tried on 4.4.2, 5.0.4, 6.0.5, 6.0.27).
 * Source: https://www.mongodb.com/docs/manual/reference/operator/aggregation/literal/
 */
export function putStatement(document: Uint8Array): Uint8Array {
  const literal = rawDocument(rawElement(BSON_TYPE.document, "$literal", document));
  const stage = rawDocument(rawElement(BSON_TYPE.document, "$replaceWith", literal));
  return rawDocument(
    rawElement(BSON_TYPE.document, "q", keyQuery(document)),
    rawElement(BSON_TYPE.array, "u", rawDocument(rawElement(BSON_TYPE.document, "0", stage))),
    rawElement(BSON_TYPE.boolean, "upsert", TRUE),
  );
}

/** The same for documents that a server takes as they are: cheaper than a pipeline. */
export function replaceStatement(document: Uint8Array): Uint8Array {
  return rawDocument(
    rawElement(BSON_TYPE.document, "q", keyQuery(document)),
    rawElement(BSON_TYPE.document, "u", document),
    rawElement(BSON_TYPE.boolean, "upsert", TRUE),
  );
}

/**
 * Servers up to 7.0 find a plain value directly, and plan a query for one with `$eq`, which takes ten times as long (6.0.5). A
 * document that begins with `$`, such as a `$ref`, would be taken for operators without it.
 */
function keyQuery(document: Uint8Array): Uint8Array {
  const key = keyOfDocument(document);
  const { type, value } = onlyValue(key);
  const isPlain =
    type !== BSON_TYPE.regex && (type !== BSON_TYPE.document || !beginsWithDollar(value));
  if (isPlain) return key;
  const equal = rawDocument(rawElement(type, "$eq", value));
  return rawDocument(rawElement(BSON_TYPE.document, "_id", equal));
}

const DOLLAR = 0x24;
/** Behind the length and the type of the first field. */
const FIRST_NAME_OFFSET = 5;

function beginsWithDollar(document: Uint8Array): boolean {
  return document[FIRST_NAME_OFFSET] === DOLLAR;
}
