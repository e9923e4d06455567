import { describe, expect, it } from "vitest";
import type { AddressScope, NetworkFacts } from "../../../src/model/server-state.ts";
import { tls } from "../../../src/precheck/rules/tls.ts";
import { runPrecheck } from "../../../src/precheck/run-precheck.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
import { LOCAL_NETWORK } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

function factsWith(scopes: readonly AddressScope[], changes: Partial<NetworkFacts> = {}) {
  const hosts = scopes.map((scope, index) => ({ host: `db${index}:27017`, scope }));
  const network = { ...LOCAL_NETWORK, hosts, ...changes };
  return factsOf([], [], { source: reachable("a", { network }) });
}

function check(scopes: readonly AddressScope[], changes?: Partial<NetworkFacts>) {
  return checkRule(tls, sampleMigration([]), factsWith(scopes, changes));
}

describe("tls", () => {
  it("passes TLS anywhere, and none on this machine and in private networks", () => {
    expect(check(["public", "unknown"], { hasTls: true })).toEqual([]);
    expect(check(["loopback", "private"])).toEqual([]);
    expect(runPrecheck(sampleMigration([]), factsWith(["loopback"]))).toContainEqual(
      expect.objectContaining({
        rule: "tls",
        message: "a is on this machine, destination is in a private network",
      }),
    );
  });

  it("warns of one public address without TLS, and names it", () => {
    expect(check(["private", "public"])).toEqual([
      "warning: a is reached without TLS at public addresses (db1:27017): its documents cross the internet readable and changeable for everyone between",
    ]);
  });

  it("does not decide for names without an address", () => {
    expect(check(["private", "unknown"])).toEqual([
      "warning: could not be decided: a is reached without TLS, and whether db1:27017 is in a private network is not known here",
    ]);
    expect(check([])).toHaveLength(1);
  });

  it("warns of certificates that are not checked", () => {
    const scopes = ["private"] as const;
    expect(check(scopes, { hasTls: true, allowsInvalidCertificates: true })).toEqual([
      "warning: a is reached without checking who signed its certificate: whoever gets between can answer in its place",
    ]);
    expect(
      check(scopes, {
        hasTls: true,
        allowsInvalidCertificates: true,
        allowsInvalidHostnames: true,
      }),
    ).toEqual([
      "warning: a is reached without checking who signed its certificate and whose name is in its certificate: whoever gets between can answer in its place",
    ]);
  });
});
