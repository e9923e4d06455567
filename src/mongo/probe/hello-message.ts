/**
 * The first message of the MongoDB protocol and its answer, as bytes. A probe of its own, rather than the driver's,
 * tells TCP, TLS and the handshake apart, and hears what servers say that the driver refuses to talk to.
 */
import { BSON } from "mongodb";
import { serverText } from "./server-text.ts";

/** What a server says about itself to anyone who connects. Text in it is safe to show. */
export interface Hello {
  /** Null for a standalone, a mongos, and a member of a set that was never initiated. */
  readonly setName: string | null;
  readonly isPrimary: boolean;
  readonly isMongos: boolean;
  /** Started with `--replSet`, but without a configuration. */
  readonly isUninitiated: boolean;
  /** `host:port` of the data-bearing members, by the names the set knows them by. */
  readonly members: readonly string[];
  readonly maxWireVersion: number;
}

/** OP_QUERY, in which every release understands `isMaster`: newer ones keep it for just that. */
const OP_QUERY = 2004;
const OP_REPLY = 1;
const SECONDARY_OK = 4;
const HEADER_BYTES = 16;
const REPLY_PREFIX_BYTES = HEADER_BYTES + 20;
const LONGEST_REPLY_BYTES = 1024 * 1024;
/** A replica set has at most 50 members. */
const MOST_MEMBERS = 50;

export function encodeHello(): Uint8Array {
  const collection = Buffer.from("admin.$cmd\0");
  const document = BSON.serialize({ isMaster: 1, helloOk: true });
  const message = Buffer.alloc(HEADER_BYTES + 4 + collection.length + 8 + document.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(1, 4);
  message.writeInt32LE(OP_QUERY, 12);
  message.writeInt32LE(SECONDARY_OK, HEADER_BYTES);
  let position = HEADER_BYTES + 4 + collection.copy(message, HEADER_BYTES + 4);
  message.writeInt32LE(0, position);
  message.writeInt32LE(-1, position + 4);
  position += 8;
  message.set(document, position);
  return message;
}

/**
 * @param bytes - All bytes received so far.
 * @returns Null while the answer is incomplete; `not-mongodb` for what no MongoDB server answers.
 */
export function decodeHello(bytes: Buffer): Hello | "not-mongodb" | null {
  if (bytes.length < HEADER_BYTES) return null;
  const length = bytes.readInt32LE(0);
  const isReply = bytes.readInt32LE(12) === OP_REPLY;
  if (!isReply || length <= REPLY_PREFIX_BYTES || length > LONGEST_REPLY_BYTES)
    return "not-mongodb";
  if (bytes.length < length) return null;
  try {
    return readHello(BSON.deserialize(bytes.subarray(REPLY_PREFIX_BYTES, length)));
  } catch {
    return "not-mongodb";
  }
}

function readHello(reply: BSON.Document): Hello | "not-mongodb" {
  const { maxWireVersion, setName } = reply;
  if (reply["ok"] !== 1) return "not-mongodb";
  return {
    setName: typeof setName === "string" ? serverText(setName) : null,
    isPrimary: (reply["isWritablePrimary"] ?? reply["ismaster"]) === true,
    isMongos: reply["msg"] === "isdbgrid",
    isUninitiated: reply["isreplicaset"] === true,
    members: [...textsOf(reply["hosts"]), ...textsOf(reply["passives"])].slice(0, MOST_MEMBERS),
    // Releases before 2.6 do not have one.
    maxWireVersion: typeof maxWireVersion === "number" ? maxWireVersion : 0,
  };
}

function textsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === "string").map(serverText);
}
