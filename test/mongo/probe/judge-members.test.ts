import { describe, expect, it } from "vitest";
import { hostNotFound, tlsExpected } from "../../../src/mongo/probe/connectivity-failure.ts";
import { judgeMembers, unprobedMembers } from "../../../src/mongo/probe/judge-members.ts";
import { answering, failing, target } from "./probe-values.ts";

const ANY = { isDirect: false, replicaSet: null };
const DIRECT = { isDirect: true, replicaSet: null };

describe("judgeMembers", () => {
  it("finds the primary while other hosts fail", () => {
    const primary = answering("B:1", { isPrimary: true });
    expect(judgeMembers([failing("a:1"), primary, answering("c:1")], ANY)).toEqual({
      topology: "replica-set",
      chosen: primary,
    });
  });

  it("takes any mongos", () => {
    const mongos = answering("m:1", { setName: null, isMongos: true, members: [] });
    expect(judgeMembers([failing("a:1"), mongos], { ...ANY, replicaSet: "rs0" })).toMatchObject({
      topology: "sharded",
    });
  });

  it("reports the failure that got farthest when all hosts fail", () => {
    const reports = [
      failing("a:1", hostNotFound(target)),
      failing("b:1", tlsExpected(target)),
      failing("c:1"),
    ];
    expect(judgeMembers(reports, ANY)).toMatchObject({
      code: "tls-failure",
      cause: expect.stringContaining("(2 more hosts failed: port-closed, host-not-found)"),
    });
  });

  it.each([
    ["not-a-replica-set", [answering("a:1", { setName: null, members: [] })], ANY],
    ["no-primary", [answering("a:1", { setName: null, isUninitiated: true })], ANY],
    ["wrong-replica-set", [answering("a:1", { isPrimary: true })], { ...ANY, replicaSet: "rs1" }],
    [
      "wrong-replica-set",
      [answering("a:1", { isPrimary: true }), answering("b:1", { setName: "rs9" })],
      ANY,
    ],
    ["no-primary", [answering("a:1"), answering("b:1"), answering("c:1")], ANY],
    ["no-primary", [answering("a:1"), failing("b:1"), failing("c:1")], ANY],
    ["no-primary", [answering("a:1")], DIRECT],
    ["server-too-old", [answering("a:1", { isPrimary: true, maxWireVersion: 6 })], ANY],
    ["no-primary", [], ANY],
  ])("tells %s", (code, reports, choice) => {
    expect(judgeMembers(reports, choice)).toMatchObject({ code });
  });

  it("tells members-unreachable where only an alias of the primary answers", () => {
    const reports = [answering("public:1", { isPrimary: true }), failing("a:1"), failing("b:1")];
    expect(judgeMembers(reports, ANY)).toMatchObject({
      code: "members-unreachable",
      step: "tcp",
      cause: expect.stringContaining("a:1, b:1, c:1"),
    });
    expect(judgeMembers(reports, DIRECT)).toMatchObject({ topology: "replica-set" });
  });

  it("takes an alias of the primary where its own name answers, too", () => {
    const primary = { isPrimary: true };
    const reports = [answering("alias:1", primary), answering("a:1", primary)];
    expect(judgeMembers(reports, ANY)).toMatchObject({ chosen: { host: "a:1" } });
  });
});

describe("unprobedMembers", () => {
  it("are those that hosts name and that were not given, by whatever letter case", () => {
    expect(unprobedMembers([answering("A:1"), failing("b:1")], ANY)).toEqual(["c:1"]);
    expect(unprobedMembers([answering("a:1")], DIRECT)).toEqual([]);
  });
});
