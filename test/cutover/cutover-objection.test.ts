import { expect, it } from "vitest";
import { cutoverObjection } from "../../src/cutover/cutover-objection.ts";
import { beginCutover } from "../../src/model/cutover.ts";

const READY = { record: null, compared: null, lagMs: 100, maxLagMs: 10_000 };
const compared = (status: "true" | "false") => ({ type: "Verified", status, message: "2 differ" });

it.each([
  [READY, null],
  [{ ...READY, compared: compared("true"), record: beginCutover(1) }, null],
  [{ ...READY, lagMs: null }, "changes are not followed yet"],
  [{ ...READY, lagMs: 10_001 }, "the destination is delayed by 10 s, and cutover.maxLagSeconds"],
  [{ ...READY, lagMs: Number.POSITIVE_INFINITY }, "is not known yet"],
  [{ ...READY, compared: compared("false") }, "the last comparison found differences: 2 differ"],
  [
    { ...READY, record: { ...beginCutover(1), failure: "something writes" } },
    "it was given up: something writes. To try again",
  ],
])("says why a cutover does not begin: %#", (readiness, expected) => {
  const objection = cutoverObjection(readiness);
  if (expected === null) expect(objection).toBeNull();
  else expect(objection).toContain(expected);
});
