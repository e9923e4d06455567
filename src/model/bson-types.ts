/** Names of BSON's types, as `$type` knows them. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x01, "double"],
  [0x02, "string"],
  [0x03, "object"],
  [0x04, "array"],
  [0x05, "binData"],
  [0x06, "undefined"],
  [0x07, "objectId"],
  [0x08, "bool"],
  [0x09, "date"],
  [0x0a, "null"],
  [0x0b, "regex"],
  [0x0c, "dbPointer"],
  [0x0d, "javascript"],
  [0x0e, "symbol"],
  [0x0f, "javascriptWithScope"],
  [0x10, "int"],
  [0x11, "timestamp"],
  [0x12, "long"],
  [0x13, "decimal"],
  [0x7f, "maxKey"],
  [0xff, "minKey"],
]);

export function bsonTypeName(type: number): string {
  return NAMES.get(type) ?? `type ${type}`;
}
