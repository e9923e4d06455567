import { MongoCompatibilityError, MongoNetworkError, MongoServerError } from "mongodb";
import { describe, expect, it } from "vitest";
import { classifyConnectError } from "../../../src/mongo/probe/classify-error.ts";
import { target } from "./probe-values.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`failed: ${code}`), { code });
}

describe("classifyConnectError", () => {
  it.each([
    ["ENOTFOUND", "name-resolution", "host-not-found"],
    ["EAI_AGAIN", "name-resolution", "host-not-found"],
    ["ECONNREFUSED", "tcp", "port-closed"],
    ["ETIMEDOUT", "tcp", "timeout"],
    ["EHOSTUNREACH", "tcp", "unreachable"],
    ["ENETUNREACH", "tcp", "unreachable"],
    ["ECONNRESET", "handshake", "connection-closed"],
    ["EPIPE", "handshake", "connection-closed"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls", "tls-failure"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "tls", "tls-failure"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls", "tls-failure"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", "tls-failure"],
    ["CERT_HAS_EXPIRED", "tls", "tls-failure"],
    ["CERT_NOT_YET_VALID", "tls", "tls-failure"],
    ["CERT_REVOKED", "tls", "tls-failure"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", "tls-failure"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls", "tls-failure"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "tls", "tls-failure"],
    ["ESOMETHING", "handshake", "handshake-failed"],
  ])("%s is %s: %s, also inside an error of the driver", (systemCode, step, code) => {
    const error = systemError(systemCode);
    expect(classifyConnectError(error, target)).toMatchObject({ step, code });
    const wrapped = new MongoNetworkError("failed", { cause: error });
    const expected = code === "handshake-failed" ? "connection-closed" : code;
    expect(classifyConnectError(wrapped, target).code).toBe(expected);
  });

  it("looks into errors of several addresses", () => {
    const error = new AggregateError([systemError("EHOSTUNREACH"), systemError("ECONNREFUSED")]);
    expect(classifyConnectError(error, target).code).toBe("unreachable");
  });

  it("takes a TLS alert of Atlas for its access list", () => {
    const error = systemError("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR");
    expect(classifyConnectError(error, { ...target, provider: "atlas" })).toMatchObject({
      code: "not-on-access-list",
      remedy: expect.stringContaining("Network Access"),
    });
  });

  it.each([
    ["atlas", "IP access list"],
    ["apsaradb", "IP whitelist"],
    ["mongodb", "firewalls"],
  ] as const)("names the list of %s that a timeout points to", (provider, words) => {
    const failure = classifyConnectError(systemError("ETIMEDOUT"), { ...target, provider });
    expect(failure.remedy).toContain(words);
  });

  it.each([
    [{ code: 18, codeName: "AuthenticationFailed" }, "wrong-password"],
    [{ code: 8000, errmsg: "bad auth : Authentication failed." }, "wrong-password"],
    [{ code: 13, codeName: "Unauthorized" }, "auth-required"],
    [{ code: 334, errmsg: "mechanism disabled" }, "auth-refused"],
  ])("an answer with %j is %s", (reply, code) => {
    const error = new MongoServerError({ errmsg: "refused", ...reply });
    expect(classifyConnectError(error, target)).toMatchObject({ step: "authentication", code });
  });

  it("sends users of ApsaraDB to admin", () => {
    const error = new MongoServerError({ errmsg: "refused", code: 18 });
    const apsara = { ...target, provider: "apsaradb", authDatabase: "shop" } as const;
    expect(classifyConnectError(error, apsara).remedy).toContain("authDatabase: admin");
  });

  it("takes the driver's refusal of old servers for server-too-old", () => {
    const error = new MongoCompatibilityError("reports maximum wire version 7");
    expect(classifyConnectError(error, target).code).toBe("server-too-old");
  });

  it("shows little and nothing dangerous of what it does not know", () => {
    const { cause } = classifyConnectError(new Error(`\u001b[2J${"x".repeat(9000)}`), target);
    expect(cause).not.toMatch(/\p{Cc}/u);
    expect(cause.length).toBeLessThan(400);
    expect(classifyConnectError("text", target).code).toBe("handshake-failed");
  });
});
