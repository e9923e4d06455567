import { Timestamp } from "mongodb";
import { describe, expect, it } from "vitest";
import {
  isSharedTierStatus,
  readLoad,
  readOplogWindowMs,
  readStorageEngine,
} from "../../../src/mongo/facts/read-status.ts";

const time = (t: number) => new Timestamp({ t, i: 1 });

describe("readStorageEngine", () => {
  it("reads name, persistence and the encryption of MongoDB Enterprise", () => {
    expect(readStorageEngine({ storageEngine: { name: "wiredTiger", persistent: true } })).toEqual({
      name: "wiredTiger",
      isPersistent: true,
      isEncrypted: false,
    });
    expect(
      readStorageEngine({
        storageEngine: { name: "in\u001bMemory" },
        encryptionAtRest: { encryptionEnabled: true },
      }),
    ).toEqual({ name: "in\\u001bMemory", isPersistent: null, isEncrypted: true });
  });

  it.each([{}, { storageEngine: null }, { storageEngine: { name: 5 } }])(
    "is null for %j",
    (status) => {
      expect(readStorageEngine(status)).toBeNull();
    },
  );
});

describe("readLoad", () => {
  it("reads shares of the cache and tickets, under their old and new names", () => {
    const cache = {
      "maximum bytes configured": 200,
      "bytes currently in the cache": 150,
      "tracked dirty bytes in the cache": 20,
    };
    const tickets = { read: { available: 3 }, write: { available: 0 } };
    const expected = {
      connections: { current: 7, available: 93 },
      queuedOperations: 4,
      cache: { usedShare: 0.75, dirtyShare: 0.1 },
      tickets: { read: 3, write: 0 },
    };
    const common = {
      connections: { current: 7, available: 93 },
      globalLock: { currentQueue: { total: 4 } },
    };
    expect(readLoad({ ...common, wiredTiger: { cache, concurrentTransactions: tickets } })).toEqual(
      expected,
    );
    expect(readLoad({ ...common, wiredTiger: { cache }, queues: { execution: tickets } })).toEqual(
      expected,
    );
  });

  it("leaves null what is not there or not a number", () => {
    const nothing = { connections: null, queuedOperations: null, cache: null, tickets: null };
    expect(readLoad({})).toEqual(nothing);
    expect(
      readLoad({ connections: { current: "7" }, wiredTiger: { cache: {} }, globalLock: null }),
    ).toEqual(nothing);
  });
});

describe("readOplogWindowMs", () => {
  it("is the time between both ends, or the configured retention where that is longer", () => {
    const oplog = { earliestOptime: time(1_000), latestOptime: time(1_060) };
    expect(readOplogWindowMs({ oplog })).toBe(60_000);
    const oplogTruncation = { oplogMinRetentionHours: 2 };
    expect(readOplogWindowMs({ oplog, oplogTruncation })).toBe(7_200_000);
    expect(readOplogWindowMs({ oplogTruncation })).toBeNull();
    expect(readOplogWindowMs({ oplog: { earliestOptime: 5 } })).toBeNull();
  });
});

describe("isSharedTierStatus", () => {
  it("goes by the section that only Atlas' shared tiers add", () => {
    expect(isSharedTierStatus({ atlasVersion: { version: "20240101" } })).toBe(true);
    expect(isSharedTierStatus({ version: "8.0.1" })).toBe(false);
  });
});
