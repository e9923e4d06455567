import { describe, expect, it } from "vitest";
import { approvalLine, planMarker, readApproval } from "../../src/report/plan-comment-marker.ts";

const APPROVAL = { digest: "a".repeat(64), spec: "b".repeat(64), head: "c".repeat(40) };
const MARKER = planMarker("shop");
const LINE = approvalLine(APPROVAL);

describe("planMarker", () => {
  it("is no beginning of another one's", () => {
    expect(planMarker("shop-2").startsWith(planMarker("shop"))).toBe(false);
    expect(planMarker("shop").startsWith(planMarker("shop-2"))).toBe(false);
  });
});

describe("readApproval", () => {
  it("reads what was written, in the second line", () => {
    expect(readApproval(`${MARKER}\n${LINE}\n\n## shop`)).toEqual(APPROVAL);
    expect(readApproval(`${MARKER}\n${LINE}`)).toEqual(APPROVAL);
  });

  it.each([
    ["nowhere", `${MARKER}\n\n## shop`],
    ["in the first line", `${LINE}\n${MARKER}`],
    ["further down", `${MARKER}\n\n${LINE}`],
    ["in a quote", `${MARKER}\n> ${LINE}`],
    ["with more in its line", `${MARKER}\n${LINE} x`],
    ["with a digest that is none", `${MARKER}\n${LINE.replace("a", "x")}`],
    ["with a digest that is too short", `${MARKER}\n${LINE.replace("a", "")}`],
    ["in upper case", `${MARKER}\n${LINE.toUpperCase()}`],
    ["in an empty comment", ""],
  ])("reads none where it stands %s", (_, body) => {
    expect(readApproval(body)).toBeNull();
  });
});
