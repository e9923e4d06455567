import { describe, expect, it } from "vitest";
import { writeBlock } from "../../../src/precheck/rules/write-block.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
import { checkRule, objectionsOf } from "../check-rule.ts";

const SETTINGS = { quietMs: 0, maxLagMs: 1, waitMs: 1, blockSourceWrites: true };
const BLOCKING = sampleMigration([], { mode: "full-and-incremental", cutover: SETTINGS });

function sourceOf(version: string, actions: readonly string[]) {
  const account = {
    user: "una",
    authDatabase: "admin",
    privileges: [{ resource: { cluster: true }, actions }],
  };
  return factsOf([], [], {
    source: reachable("a", { version, featureCompatibilityVersion: null, account }),
  });
}

describe("writeBlock", () => {
  it("asks nothing of a source that is not to refuse writes", () => {
    const plain = sampleMigration([], { mode: "full-and-incremental" });
    expect(checkRule(writeBlock, plain, sourceOf("4.4.2", []))).toEqual([]);
    const full = sampleMigration([], { mode: "full", cutover: SETTINGS });
    expect(checkRule(writeBlock, full, sourceOf("4.4.2", []))).toEqual([]);
  });

  it("warns of those who may write all the same", () => {
    const [warning] = checkRule(
      writeBlock,
      BLOCKING,
      sourceOf("6.0.5", ["setUserWriteBlockMode", "serverStatus"]),
    );
    expect(warning).toContain("with the action bypassWriteBlockingMode");
  });

  it("refuses releases that cannot, and accounts that may not, with the command to run", () => {
    expect(checkRule(writeBlock, BLOCKING, sourceOf("5.0.4", []))[0]).toContain("runs 5.0");
    const [objection] = objectionsOf(writeBlock, BLOCKING, sourceOf("6.0.5", ["serverStatus"]));
    expect(objection?.message).toContain("may not: setUserWriteBlockMode");
    expect(objection?.remedy).toContain('"role":"mongoferryBlockSource"');
  });
});
