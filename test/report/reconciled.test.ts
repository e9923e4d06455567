import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/errors.ts";
import { describeReconciled, type Reconciled, worstExitCode } from "../../src/report/reconciled.ts";

const SHOP: Reconciled = {
  migration: "shop",
  why: "it has not begun",
  phase: "Completed",
  exitCode: ExitCode.done,
  message: "Completed",
};

describe("worstExitCode", () => {
  const { done, error, stalePlan, blockedByPrecheck, interrupted } = ExitCode;
  it.each([
    [[], done],
    [[done, done], done],
    [[done, interrupted], interrupted],
    [[interrupted, blockedByPrecheck], blockedByPrecheck],
    [[blockedByPrecheck, stalePlan], stalePlan],
    [[stalePlan, error, interrupted], error],
  ])("of %j is %i", (codes, expected) => {
    expect(worstExitCode(codes)).toBe(expected);
  });
});

describe("describeReconciled", () => {
  it("has a line for each, and says where there was nothing to do", () => {
    expect(describeReconciled([])).toBe("Nothing to do: every migration is as its spec wants.\n");
    const text = describeReconciled([
      SHOP,
      { ...SHOP, migration: "crm", message: "a\n::error::b" },
    ]);
    expect(text).toBe("shop: Completed\ncrm: a\\n::error::b\n");
  });
});
