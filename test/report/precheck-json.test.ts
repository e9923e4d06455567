import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { precheckToJson } from "../../src/report/precheck-json.ts";

const finding: Finding = { rule: "versions", result: "warning", message: "m", remedy: "r" };

describe("precheckToJson", () => {
  it("passes with warnings, and keeps the rules' order", () => {
    const findings = [finding, { ...finding, rule: "tls" }];
    expect(precheckToJson(findings)).toEqual({ passed: true, findings });
  });

  it("does not pass with a failure", () => {
    expect(precheckToJson([{ ...finding, result: "failed" }]).passed).toBe(false);
  });
});
