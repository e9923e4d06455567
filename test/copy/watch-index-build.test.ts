import { EventEmitter, once } from "node:events";
import { describe, expect, it } from "vitest";
import { watchIndexBuild } from "../../src/copy/watch-index-build.ts";

/** A build that ends once `count` shares were shown. */
function buildUntil(count: number) {
  const shown: (number | null)[] = [];
  const done = new EventEmitter();
  const built = once(done, "built");
  const show = (share: number | null): void => {
    shown.push(share);
    if (shown.length === count) done.emit("built");
  };
  return { shown, show, build: async () => built.then(() => "built") };
}

const pause = async (_ms: number, signal: AbortSignal): Promise<void> => signal.throwIfAborted();

const refuse = async (): Promise<number> => Promise.reject(new Error("refused"));
const buildSoon = async () => new Promise((resolve) => setImmediate(resolve, "built"));

describe("watchIndexBuild", () => {
  it("shows what it reads until the build ends, and then nothing", async () => {
    const { shown, show, build } = buildUntil(2);
    let share = 0;
    const read = async (): Promise<number> => (share += 0.25);
    expect(await watchIndexBuild(build, { read, show, pause })).toBe("built");
    expect(shown.slice(0, 2)).toEqual([0.25, 0.5]);
    expect(shown.at(-1)).toBeNull();
    const { length } = shown;
    await new Promise(setImmediate);
    expect(shown).toHaveLength(length);
  });

  it("lets a build end that nothing can be read of", async () => {
    const shown: unknown[] = [];
    const watch = { read: refuse, show: (share: unknown) => shown.push(share), pause };
    expect(await watchIndexBuild(buildSoon, watch)).toBe("built");
    expect(shown).toEqual([null]);
  });

  it("passes a failure of the build on, without waiting for the next look", async () => {
    const failure = new Error("no space");
    const watch = { read: async () => null, show: () => {} };
    await expect(watchIndexBuild(async () => Promise.reject(failure), watch)).rejects.toBe(failure);
  });
});
