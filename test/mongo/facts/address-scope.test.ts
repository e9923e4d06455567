import { describe, expect, it } from "vitest";
import { scopeOfAddress, widestScope } from "../../../src/mongo/facts/address-scope.ts";

describe("scopeOfAddress", () => {
  it.each([
    ["127.0.0.1", "loopback"],
    ["127.255.0.9", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.3.4", "private"],
    ["169.254.1.1", "private"],
    ["100.100.2.136", "private"],
    ["::ffff:10.0.0.1", "private"],
    ["fd12:3456::1", "private"],
    ["fe80::1%eth0", "private"],
    ["172.32.0.1", "public"],
    ["100.128.0.1", "public"],
    ["8.8.8.8", "public"],
    ["2001:db8::1", "public"],
    ["::ffff:8.8.8.8", "public"],
    ["db.example.net", "unknown"],
    ["", "unknown"],
  ])("takes %s for %s", (address, scope) => {
    expect(scopeOfAddress(address)).toBe(scope);
  });
});

describe("widestScope", () => {
  it("is the most exposed of all", () => {
    expect(widestScope(["loopback", "public", "private"])).toBe("public");
    expect(widestScope(["loopback", "private", "unknown"])).toBe("private");
    expect(widestScope(["loopback"])).toBe("loopback");
    expect(widestScope([])).toBe("unknown");
  });
});
