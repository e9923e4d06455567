import * as fc from "fast-check";
import { BSON } from "mongodb";
import { describe, expect, it } from "vitest";
import { decodeHello, encodeHello } from "../../../src/mongo/probe/hello-message.ts";

function reply(document: BSON.Document): Buffer {
  const body = BSON.serialize(document);
  const prefix = Buffer.alloc(36);
  prefix.writeInt32LE(36 + body.length, 0);
  prefix.writeInt32LE(1, 12);
  return Buffer.concat([prefix, body]);
}

describe("encodeHello", () => {
  it("says its own length", () => {
    const message = Buffer.from(encodeHello());
    expect(message.readInt32LE(0)).toBe(message.length);
  });
});

describe("decodeHello", () => {
  const bytes = reply({
    ismaster: true,
    setName: "rs0",
    hosts: ["a:1", 5],
    passives: ["b:1"],
    maxWireVersion: 17,
    ok: 1,
  });

  it("reads a primary's answer", () => {
    expect(decodeHello(bytes)).toEqual({
      setName: "rs0",
      isPrimary: true,
      isMongos: false,
      isUninitiated: false,
      members: ["a:1", "b:1"],
      maxWireVersion: 17,
    });
  });

  it("waits for the rest of an incomplete answer", () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeHello(bytes.subarray(0, length))).toBeNull();
    }
  });

  it("bounds what a hostile server says", () => {
    const hosts = Array.from({ length: 900 }, (_, index) => `\u001b[2J${index}`);
    const hello = decodeHello(reply({ hosts, setName: "\u202e", ok: 1 }));
    if (hello === null || hello === "not-mongodb") throw new Error("not read");
    expect(hello.members).toHaveLength(50);
    expect([hello.setName, ...hello.members].join("")).not.toMatch(/\p{C}/u);
  });

  it("takes no other bytes for an answer, and never fails", () => {
    expect(decodeHello(Buffer.from("HTTP/1.1 400 Bad Request\r\n"))).toBe("not-mongodb");
    expect(decodeHello(reply({ ok: 0 }))).toBe("not-mongodb");
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 200 }), (noise) => {
        expect([null, "not-mongodb"]).toContain(decodeHello(Buffer.from(noise)));
      }),
    );
  });
});
