import { expect, it } from "vitest";
import { againAfterLostRaces, LostRaceError } from "../../src/base/lost-race.ts";

const LOST = new LostRaceError({ operation: "publish", object: "main", isRetryable: true });

it("tries eight times, and waits longer each time", async () => {
  let tries = 0;
  const waits: number[] = [];
  const racing = againAfterLostRaces(
    async () => {
      tries++;
      // What an attempt takes is what the waits are measured by.
      const endMs = performance.now() + 2;
      while (performance.now() < endMs);
      throw LOST;
    },
    async (ms) => {
      waits.push(ms);
    },
  );
  await expect(racing).rejects.toBe(LOST);
  expect([tries, waits.length]).toEqual([8, 7]);
  for (const ms of waits) expect(ms).toBeLessThan(60_000);
});

it("ends at once with a result, or with any other error", async () => {
  let tries = 0;
  const won = await againAfterLostRaces(async () => {
    if (++tries < 3) throw LOST;
    return "won";
  }, noWait);
  expect([won, tries]).toEqual(["won", 3]);
  const failed = againAfterLostRaces(async () => {
    tries++;
    throw new RangeError("no");
  }, noWait);
  await expect(failed).rejects.toThrow(RangeError);
  expect(tries).toBe(4);
});

async function noWait(): Promise<void> {}
