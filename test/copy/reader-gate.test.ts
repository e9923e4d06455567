import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ReaderGate } from "../../src/copy/reader-gate.ts";

const MOST_WRITES = 4;
const BOUNDS = { mostWrites: MOST_WRITES, workers: 4 };

/** A gate with three readers in front of it, and how many of them it has let in. */
function gateWithReaders(): { gate: ReaderGate; entered: () => Promise<number> } {
  const gate = new ReaderGate(BOUNDS);
  let count = 0;
  for (let reader = 0; reader < 3; reader++)
    void gate.enter().then((mayEnter) => (count += Number(mayEnter)));
  const entered = async (): Promise<number> => {
    await setImmediate();
    return count;
  };
  return { gate, entered };
}

function noteTimes(gate: ReaderGate, times: number, hadToWait: boolean): void {
  for (let time = 0; time < times; time++) gate.note(hadToWait);
}

describe("ReaderGate", () => {
  it("lets nobody else in while the destination is what takes the time", async () => {
    const { gate, entered } = gateWithReaders();
    for (let round = 0; round < 100; round++) {
      // All writes end at once, and as many find room again.
      noteTimes(gate, MOST_WRITES, false);
      gate.note(true);
    }
    expect(await entered()).toBe(0);
  });

  it("lets one after another in while reading is what takes the time", async () => {
    const { gate, entered } = gateWithReaders();
    expect(gate.isCrowded).toBe(false);
    noteTimes(gate, 2 * MOST_WRITES, false);
    expect(await entered()).toBe(1);
    expect(gate.isCrowded).toBe(true);
    noteTimes(gate, 2 * MOST_WRITES - 1, false);
    expect(await entered()).toBe(1);
    gate.note(false);
    expect(await entered()).toBe(2);
  });

  it("sends all away at the end, also those who come later", async () => {
    const { gate, entered } = gateWithReaders();
    gate.close();
    expect(await entered()).toBe(0);
    expect(await gate.enter()).toBe(false);
    expect(gate.isCrowded).toBe(false);
  });

  it("lets no more in than there may be workers, whose number may change", async () => {
    const bounds = { mostWrites: MOST_WRITES, workers: 2 };
    const gate = new ReaderGate(bounds);
    const entered: number[] = [];
    for (const reader of [1, 2, 3]) void gate.enter().then(() => entered.push(reader));
    noteTimes(gate, 20 * MOST_WRITES, false);
    await setImmediate();
    expect(entered).toEqual([1]);
    bounds.workers = 3;
    noteTimes(gate, 2 * MOST_WRITES, false);
    await setImmediate();
    expect(entered).toEqual([1, 2]);
  });

  it("is not crowded where there is nobody to let in", () => {
    const gate = new ReaderGate(BOUNDS);
    noteTimes(gate, 20 * MOST_WRITES, false);
    expect(gate.isCrowded).toBe(false);
  });
});
