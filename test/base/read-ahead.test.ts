import { describe, expect, it } from "vitest";
import { readAhead } from "../../src/base/read-ahead.ts";

async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

async function* three(): AsyncGenerator<number> {
  yield* [1, 2, 3];
}

async function* failing(): AsyncGenerator<number> {
  yield 1;
  throw new Error("no more");
}

describe("readAhead", () => {
  it("gives the same values in the same order", async () => {
    expect(await collect(readAhead(three()))).toEqual([1, 2, 3]);
  });

  it("has asked for one more value than it gave, and no more", async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<number> {
      for (;;) yield ++asked;
    }
    for await (const value of readAhead(endless())) {
      expect(asked).toBe(value + 1);
      if (value === 5) break;
    }
    expect(asked).toBe(6);
  });

  it("fails where the values fail, behind those before", async () => {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const value of readAhead(failing())) seen.push(value);
    })();
    await expect(reading).rejects.toThrow("no more");
    expect(seen).toEqual([1]);
  });

  it("closes what it reads when nobody wants more, and hides a failure of what nobody waits for", async () => {
    let isClosed = false;
    async function* values(): AsyncGenerator<number> {
      try {
        yield 1;
        throw new Error("not asked for");
      } finally {
        isClosed = true;
      }
    }
    for await (const value of readAhead(values())) {
      expect(value).toBe(1);
      break;
    }
    expect(isClosed).toBe(true);
  });
});
