import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { raceAbort } from "../../src/mongo/race-abort.ts";

const NEVER = new Promise<never>(() => {});

describe("raceAbort", () => {
  it("settles as the promise does, and leaves no listener", async () => {
    const { signal } = new AbortController();
    await expect(raceAbort(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(raceAbort(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("rejects with the signal's reason, also one given before", async () => {
    const controller = new AbortController();
    const racing = raceAbort(NEVER, controller.signal);
    controller.abort(new Error("stop"));
    await expect(racing).rejects.toThrow("stop");
    await expect(raceAbort(NEVER, controller.signal)).rejects.toThrow("stop");
  });
});
