import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import type { Logger } from "../../src/base/log.ts";
import type { Situation } from "../../src/situation.ts";
import { outlast } from "../../src/work/outlast.ts";

const WAITING = {
  condition: "Copying",
  waitMs: 1,
  isWorthIt: ({ isRetryable }: OperationError) => isRetryable,
};

function failure(isRetryable: boolean): OperationError {
  return new OperationError({
    operation: "read documents",
    object: "shop.orders",
    isRetryable,
    cause: new Error("secret is away"),
  });
}

function setUp(stop = new AbortController()) {
  const stored: string[] = [];
  const situation = {
    conditions: [],
    lease: {},
    store: {
      storeConditions: async (_lease: unknown, conditions: Situation["conditions"]) => {
        stored.push(...conditions.map(({ status, message }) => `${status}: ${message}`));
      },
    },
  } as unknown as Situation;
  const tools = {
    logger: { warn: () => {} } as unknown as Logger,
    stop: stop.signal,
    redact: (text: string) => text.replaceAll("secret", "***"),
  };
  return { situation, tools, stored, stop };
}

describe("outlast", () => {
  it("tries until it succeeds, and says what it waits for and that it goes on", async () => {
    const { situation, tools, stored } = setUp();
    let tries = 0;
    await outlast(WAITING, situation, tools, async (goesOn) => {
      tries++;
      if (tries < 100) throw failure(true);
      await goesOn();
    });
    expect(tries).toBe(100);
    expect(stored.at(0)).toBe("false: read documents failed on shop.orders: *** is away");
    expect(stored.at(-1)).toBe("true: goes on from where it was");
  });

  it("says nothing where nothing was in the way", async () => {
    const { situation, tools, stored } = setUp();
    await outlast(WAITING, situation, tools, async (goesOn) => goesOn());
    expect(stored).toEqual([]);
  });

  it("passes on what trying again does not help, at once", async () => {
    const { situation, tools, stored } = setUp();
    const run = outlast(WAITING, situation, tools, async () => {
      throw failure(false);
    });
    await expect(run).rejects.toThrow("read documents failed");
    expect(stored).toEqual([]);
  });

  it("ends its waiting when it is told to stop", async () => {
    const { situation, tools, stop } = setUp();
    const waiting = { ...WAITING, waitMs: 60_000 };
    const run = outlast(waiting, situation, tools, async () => {
      setTimeout(() => stop.abort(), 10);
      throw failure(true);
    });
    await expect(run).rejects.toThrow("aborted");
  });
});
