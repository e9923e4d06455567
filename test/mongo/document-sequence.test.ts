/**
 * The one place where an internal of the driver is used. Fails when a driver release changes how it looks on the wire:
 * https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md
 */
import { createRequire } from "node:module";
import { BSON } from "mongodb";
import { describe, expect, it } from "vitest";
import { documentSequence } from "../../src/mongo/document-sequence.ts";

const { OpMsgRequest } = createRequire(import.meta.url)("mongodb/lib/cmap/commands.js") as {
  OpMsgRequest: new (
    database: string,
    command: Record<string, unknown>,
    options: Record<string, unknown>,
  ) => { toBin(): readonly Uint8Array[] };
};

/** Message header and flags. */
const HEADER_BYTES = 20;
const BODY = 0;
const SEQUENCE = 1;

const DOCUMENTS = Buffer.concat([
  BSON.serialize({ _id: 1, name: "ä" }),
  BSON.serialize({ _id: new BSON.Double(2) }),
  // Not what the driver itself would write: the same name twice, and an order that it would not keep.
  rawDocument(["2", 1], ["1", 2], ["1", 3]),
]);

/** A document of 32-bit integers with these names, in this order. */
function rawDocument(...fields: readonly (readonly [string, number])[]): Buffer {
  const elements = fields.map(([name, value]) => {
    const element = Buffer.alloc(1 + name.length + 1 + 4);
    element[0] = 0x10;
    element.write(name, 1, "latin1");
    element.writeInt32LE(value, element.length - 4);
    return element;
  });
  const document = Buffer.concat([Buffer.alloc(4), ...elements, Buffer.alloc(1)]);
  document.writeInt32LE(document.length, 0);
  return document;
}

/** The message that the driver puts on the wire for an insert of the sequence. */
function messageFor(documents: Uint8Array): Buffer {
  const command = {
    insert: "orders",
    documents: documentSequence("documents", documents),
    ordered: false,
  };
  return Buffer.concat(new OpMsgRequest("shop", command, {}).toBin());
}

describe("documentSequence", () => {
  it("goes over the wire as one section of kind 1 with exactly these bytes", () => {
    const message = messageFor(DOCUMENTS);
    expect(message.readInt32LE(0)).toBe(message.length);
    expect(message[HEADER_BYTES]).toBe(BODY);
    const bodyBytes = message.readInt32LE(HEADER_BYTES + 1);
    const body = message.subarray(HEADER_BYTES + 1, HEADER_BYTES + 1 + bodyBytes);
    expect(BSON.deserialize(body)).toEqual({ insert: "orders", ordered: false, $db: "shop" });

    const section = message.subarray(HEADER_BYTES + 1 + bodyBytes);
    expect(section[0]).toBe(SEQUENCE);
    const size = section.readInt32LE(1);
    expect(size).toBe(section.length - 1);
    const identifier = "documents\0";
    expect(section.toString("latin1", 5, 5 + identifier.length)).toBe(identifier);
    expect(section.subarray(5 + identifier.length).equals(DOCUMENTS)).toBe(true);
  });

  it("takes a view into a larger buffer, as batches are", () => {
    const larger = Buffer.concat([Buffer.alloc(7, 0xff), DOCUMENTS, Buffer.alloc(7, 0xff)]);
    const view = larger.subarray(7, 7 + DOCUMENTS.length);
    const message = messageFor(view);
    expect(message.subarray(message.length - DOCUMENTS.length).equals(DOCUMENTS)).toBe(true);
  });
});
