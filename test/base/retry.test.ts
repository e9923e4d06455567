import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OperationError, UserError } from "../../src/base/errors.ts";
import { retryOperation } from "../../src/base/retry.ts";

function failure(isRetryable: boolean): OperationError {
  return new OperationError({ operation: "write", object: "shop.orders", isRetryable });
}

const { signal } = new AbortController();

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets all waits pass at once; a failure is looked at later. */
async function settle<T>(running: Promise<T>): Promise<T> {
  running.catch(() => {});
  await vi.runAllTimersAsync();
  return running;
}

describe("retryOperation", () => {
  it("runs once where that is enough", async () => {
    const run = vi.fn(async () => "done");
    await expect(retryOperation(run, signal, () => {})).resolves.toBe("done");
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("tries again while that may help, and tells each time", async () => {
    const notices: number[] = [];
    let tries = 0;
    const run = async (): Promise<string> => {
      tries++;
      if (tries < 4) throw failure(true);
      return "done";
    };
    const notice = (_: OperationError, attempt: number): void => {
      notices.push(attempt);
    };
    await expect(settle(retryOperation(run, signal, notice))).resolves.toBe("done");
    expect(notices).toEqual([1, 2, 3]);
  });

  it.each([
    ["an operation that cannot succeed", failure(false)],
    [
      "what the user must put right",
      new UserError({ code: "c", place: "p", problem: "x", remedy: "y" }),
    ],
    ["a bug", new TypeError("x is undefined")],
  ])("throws %s at once, unchanged", async (_, error) => {
    const run = vi.fn(async () => Promise.reject(error));
    const notice = vi.fn();
    await expect(retryOperation(run, signal, notice)).rejects.toBe(error);
    expect(run).toHaveBeenCalledTimes(1);
    expect(notice).not.toHaveBeenCalled();
  });

  it("gives up after some minutes with the last failure", async () => {
    const startedAt = Date.now();
    const errors: OperationError[] = [];
    const run = async (): Promise<never> => {
      const error = failure(true);
      errors.push(error);
      throw error;
    };
    const notice = vi.fn();
    const thrown = await settle(retryOperation(run, signal, notice)).catch((error) => error);
    expect(thrown).toBe(errors.at(-1));
    expect(errors).toHaveLength(21);
    expect(notice).toHaveBeenCalledTimes(20);
    const minutes = (Date.now() - startedAt) / 60_000;
    expect(minutes).toBeGreaterThan(2);
    expect(minutes).toBeLessThan(5);
  });

  it("waits longer each time, but no longer than a quarter of a minute", async () => {
    const times: number[] = [];
    const run = async (): Promise<never> => {
      times.push(Date.now());
      throw failure(true);
    };
    await settle(retryOperation(run, signal, () => {})).catch(() => {});
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits[0]).toBeLessThanOrEqual(200);
    expect(Math.max(...waits)).toBe(15_000);
    expect(waits.every((wait, index) => wait >= Math.min(100 * 2 ** index, 15_000))).toBe(true);
  });

  it("ends the waiting when it is aborted, with the signal's reason and no timer left", async () => {
    const controller = new AbortController();
    const run = vi.fn(async () => Promise.reject(failure(true)));
    const running = retryOperation(run, controller.signal, () => {});
    running.catch(() => {});
    await vi.advanceTimersByTimeAsync(1);
    controller.abort(new Error("paused"));
    await expect(running).rejects.toThrow("paused");
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("makes one try when it is aborted already, so that what was written can be recorded", async () => {
    const aborted = AbortSignal.abort(new Error("paused"));
    await expect(
      retryOperation(
        async () => "done",
        aborted,
        () => {},
      ),
    ).resolves.toBe("done");
    const run = vi.fn(async () => Promise.reject(failure(true)));
    await expect(retryOperation(run, aborted, () => {})).rejects.toThrow("write failed");
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("keeps what succeeded although it was aborted meanwhile", async () => {
    const controller = new AbortController();
    const run = async (): Promise<string> => {
      controller.abort(new Error("paused"));
      return "acknowledged";
    };
    await expect(retryOperation(run, controller.signal, () => {})).resolves.toBe("acknowledged");
  });
});
