import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { settleTogether } from "../../src/base/settle-together.ts";

/** Ends when the signal does, a little later, and tells that it has. */
async function untilStopped(stop: AbortSignal, onEnd: () => void): Promise<never> {
  await new Promise<void>((resolve) => {
    stop.addEventListener("abort", () => resolve(), { once: true });
  });
  await setImmediate();
  onEnd();
  throw stop.reason;
}

describe("settleTogether", () => {
  it("returns when all have succeeded", async () => {
    const ended: number[] = [];
    const { signal } = new AbortController();
    await settleTogether(signal, (stop) => {
      expect(stop.aborted).toBe(false);
      return [1, 2, 3].map(async (task) => {
        await setImmediate();
        ended.push(task);
      });
    });
    expect(ended).toEqual([1, 2, 3]);
  });

  it("stops the others at the first failure, waits for them, and throws that failure", async () => {
    const ended: string[] = [];
    const { signal } = new AbortController();
    const settling = settleTogether(signal, (stop) => [
      untilStopped(stop, () => ended.push("a")),
      Promise.reject(new Error("first")),
      untilStopped(stop, () => ended.push("b")),
    ]);
    await expect(settling).rejects.toThrow("first");
    expect(ended).toEqual(["a", "b"]);
    expect(signal.aborted).toBe(false);
  });

  it("stops all when it is stopped itself, and throws the reason", async () => {
    const outer = new AbortController();
    let hasEnded = false;
    const settling = settleTogether(outer.signal, (stop) => [
      untilStopped(stop, () => {
        hasEnded = true;
      }),
    ]);
    outer.abort(new Error("paused"));
    await expect(settling).rejects.toThrow("paused");
    expect(hasEnded).toBe(true);
  });

  it("gives a task that starts late a signal that has been aborted already", async () => {
    const stopped = AbortSignal.abort(new Error("paused"));
    const settling = settleTogether(stopped, (stop) => [
      (async () => {
        stop.throwIfAborted();
      })(),
    ]);
    await expect(settling).rejects.toThrow("paused");
  });

  it("succeeds with no task, and leaves no listener", async () => {
    const { signal } = new AbortController();
    await settleTogether(signal, () => []);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
