import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { effectiveOptions } from "../../../src/mongo/probe/effective-options.ts";
import { listHosts } from "../../../src/mongo/probe/list-hosts.ts";
import { resolveUri } from "../../support/probe-fixture.ts";

const SRV_TYPE = 33;
const NAME_ERROR = 3;
const HEADER_BYTES = 12;
const options = effectiveOptions(resolveUri("mongodb+srv://u:planted-1@c0.example.net/"));
const never = new AbortController().signal;

/** Answers queries for SRV records as a name server does; null leaves them unanswered. */
async function startNameServer(records: readonly { port: number; name: string }[] | null) {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, { port, address }) => {
    const nameEnd = query.indexOf(0, HEADER_BYTES) + 1;
    asked.push(readName(query.subarray(HEADER_BYTES, nameEnd)));
    if (records !== null)
      socket.send(answer(query.subarray(0, nameEnd + 4), records), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

function answer(question: Buffer, records: readonly { port: number; name: string }[]): Buffer {
  const header = Buffer.from(question);
  header.writeUInt16BE(records.length === 0 ? 0x8180 + NAME_ERROR : 0x8180, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  const answers = records.map(({ port, name }) => {
    const target = encodeName(name);
    const record = Buffer.alloc(18);
    record.writeUInt16BE(0xc000 + HEADER_BYTES, 0);
    record.writeUInt16BE(SRV_TYPE, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(6 + target.length, 10);
    record.writeUInt16BE(port, 16);
    return Buffer.concat([record, target]);
  });
  return Buffer.concat([header, ...answers]);
}

function encodeName(name: string): Buffer {
  const labels = name
    .split(".")
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

function readName(bytes: Buffer): string {
  const labels: string[] = [];
  for (let at = 0; (bytes[at] ?? 0) > 0; at += 1 + (bytes[at] ?? 0)) {
    labels.push(bytes.toString("latin1", at + 1, at + 1 + (bytes[at] ?? 0)));
  }
  return labels.join(".");
}

describe("listHosts", () => {
  it("takes the hosts of a list as they are", async () => {
    const listed = effectiveOptions(resolveUri("mongodb://a,b:2/"));
    expect(await listHosts(listed, 100, never)).toEqual(["a:27017", "b:2"]);
  });

  it("asks for the SRV record", async () => {
    await using server = await startNameServer([
      { name: "m0.example.net", port: 27017 },
      { name: "m1.example.net", port: 27018 },
    ]);
    const hosts = await listHosts(options, 1000, never, [server.address]);
    expect(hosts).toEqual(["m0.example.net:27017", "m1.example.net:27018"]);
    expect(server.asked).toEqual(["_mongodb._tcp.c0.example.net"]);
  });

  it("tells a record that does not exist from a name server that does not answer", async () => {
    await using empty = await startNameServer([]);
    expect(await listHosts(options, 1000, never, [empty.address])).toMatchObject({
      code: "host-not-found",
      cause: "there is no SRV record _mongodb._tcp.c0.example.net",
      remedy: expect.stringContaining("srv: false"),
    });
    await using silent = await startNameServer(null);
    expect(await listHosts(options, 300, never, [silent.address])).toMatchObject({
      code: "host-not-found",
      cause: expect.stringContaining("did not answer"),
    });
  });

  it("ends at once when it is aborted", async () => {
    await using silent = await startNameServer(null);
    const controller = new AbortController();
    const listing = listHosts(options, 60_000, controller.signal, [silent.address]);
    controller.abort(new Error("stop"));
    await expect(listing).rejects.toThrow("stop");
  });
});
