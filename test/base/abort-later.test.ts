import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { abortLater } from "../../src/base/abort-later.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("aborts later than the other, for its reason", () => {
  const stop = new AbortController();
  const later = abortLater(stop.signal, 1_000);
  vi.advanceTimersByTime(5_000);
  stop.abort("over");
  vi.advanceTimersByTime(999);
  expect(later.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect([later.aborted, later.reason]).toEqual([true, "over"]);
});

it("counts from now where the other has aborted", () => {
  const later = abortLater(AbortSignal.abort("over"), 10);
  expect(later.aborted).toBe(false);
  vi.advanceTimersByTime(10);
  expect(later.reason).toBe("over");
});
