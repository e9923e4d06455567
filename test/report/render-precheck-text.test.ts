import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { renderPrecheckText } from "../../src/report/render-precheck-text.ts";

const PASSED: Finding = {
  rule: "connectivity",
  result: "passed",
  message: "both ends, TLS 1.3",
  remedy: "",
};
const WARNING: Finding = {
  rule: "oplog-window",
  result: "warning",
  message: "31 h; the copy is estimated at 30 h",
  remedy: "Enlarge the oplog.",
};
const FAILED: Finding = {
  rule: "privileges",
  result: "failed",
  message: "the user may not write to store",
  remedy: 'Run this:\ndb.grantRolesToUser("ferry", [{role: "readWrite", db: "store"}])',
};

describe("renderPrecheckText", () => {
  it("shows failed, then warnings, then passed, each with its remedy beneath", () => {
    const text = renderPrecheckText([PASSED, WARNING, FAILED], { useColor: false, columns: 40 });
    expect(text).toBe(`Precheck failed: nothing starts before it passes

✗ privileges  the user may not write to
  store
  → Run this:
    db.grantRolesToUser("ferry", [{role: "readWrite", db: "store"}])
! oplog-window  31 h; the copy is
  estimated at 30 h
  → Enlarge the oplog.
✓ connectivity  both ends, TLS 1.3

1 passed, 1 warning, 1 failed
`);
  });

  it.each<[string, Finding[]]>([
    ["Precheck passed", [PASSED]],
    ["Precheck passed with 1 warning", [PASSED, WARNING]],
    ["Precheck passed with 2 warnings", [WARNING, WARNING]],
    ["Precheck failed: nothing starts before it passes", [FAILED]],
  ])("says first: %s", (verdict, findings) => {
    expect(renderPrecheckText(findings, { useColor: false }).split("\n")[0]).toBe(verdict);
  });

  it("counts nothing where nothing was checked", () => {
    expect(renderPrecheckText([], { useColor: false })).toBe(
      "Precheck passed\n\n0 passed, 0 warnings, 0 failed\n",
    );
  });

  it("says the same in colour", () => {
    const findings = [PASSED, WARNING, FAILED];
    const plain = renderPrecheckText(findings, { useColor: false });
    const coloured = renderPrecheckText(findings, { useColor: true });
    expect(coloured).toContain("\u001b[31m✗");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it("lets a message neither control the terminal nor start a line of its own", () => {
    const message = "store.x\u001b[1A\n✓ connectivity  all fine\u202e";
    const text = renderPrecheckText([{ ...FAILED, message, remedy: "a\u0007\nb" }], {
      useColor: false,
      columns: 200,
    });
    expect(text.split("\n").slice(2, 5)).toEqual([
      String.raw`✗ privileges  store.x\u001b[1A\n✓ connectivity  all fine\u202e`,
      String.raw`  → a\u0007`,
      "    b",
    ]);
  });
});
