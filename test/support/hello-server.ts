/**
 * Stands in for servers that cannot be run here, such as releases of long ago. Strict: it answers `isMaster` as OP_QUERY
 * and `hello` as OP_MSG, byte for byte as a server would, and closes the connection on anything else.
 */
import { BSON } from "mongodb";
import type { Socket } from "node:net";
import { type PlainTcpServer, startTcpServer } from "./plain-tcp-server.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
const COLLECTION = Buffer.from("admin.$cmd\0");

/** @param answer - What it says about itself, given its own `host:port`. */
export async function startHelloServer(
  answer: (host: string) => BSON.Document,
): Promise<PlainTcpServer> {
  const server: PlainTcpServer = await startTcpServer((socket) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        answerMessage(socket, received.subarray(0, length), answer(server.host));
        received = received.subarray(length);
      }
    });
  });
  return server;
}

function answerMessage(socket: Socket, message: Buffer, reply: BSON.Document): void {
  const requestId = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (message.readInt32LE(8) !== 0) socket.destroy();
  else if (opcode === OP_QUERY && isHelloQuery(message)) socket.write(opReply(requestId, reply));
  else if (opcode === OP_MSG && isHelloMessage(message)) socket.write(opMsg(requestId, reply));
  else socket.destroy();
}

function isHelloQuery(message: Buffer): boolean {
  const collectionStart = HEADER_BYTES + 4;
  const skip = collectionStart + COLLECTION.length;
  const isCommand = message.subarray(collectionStart, skip).equals(COLLECTION);
  if (!isCommand || message.readInt32LE(skip) !== 0 || message.readInt32LE(skip + 4) !== -1) {
    return false;
  }
  const command = BSON.deserialize(message.subarray(skip + 8));
  return Object.keys(command)[0]?.toLowerCase() === "ismaster";
}

function isHelloMessage(message: Buffer): boolean {
  if (message.readInt32LE(HEADER_BYTES) !== 0 || message[HEADER_BYTES + 4] !== 0) return false;
  const command = BSON.deserialize(message.subarray(HEADER_BYTES + 5));
  const [name = ""] = Object.keys(command);
  return ["hello", "ismaster"].includes(name.toLowerCase()) && command["$db"] === "admin";
}

function opReply(requestId: number, reply: BSON.Document): Buffer {
  const prefix = Buffer.alloc(20);
  prefix.writeInt32LE(8, 0);
  prefix.writeInt32LE(1, 16);
  return frame(requestId, OP_REPLY, Buffer.concat([prefix, BSON.serialize(reply)]));
}

function opMsg(requestId: number, reply: BSON.Document): Buffer {
  return frame(requestId, OP_MSG, Buffer.concat([Buffer.alloc(5), BSON.serialize(reply)]));
}

function frame(requestId: number, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(requestId, 8);
  header.writeInt32LE(opcode, 12);
  return Buffer.concat([header, body]);
}
