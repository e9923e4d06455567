import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { branchReader } from "../../src/commands/read-spec.ts";
import type { SpecFiles, SpecOverrides } from "../../src/ports.ts";

const SAID: SpecOverrides = new Map([["/migrations/shop.yaml", "kind: Migration"]]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Until it may be asked again. */
function letTimePass(): void {
  vi.advanceTimersByTime(3_000);
}

it("waits for what the branch says first, and is not held up when it does not answer later", async () => {
  let asked = 0;
  const branch: SpecFiles = {
    lastCommit: null,
    readOverrides: async () => {
      asked++;
      return asked === 1 ? SAID : new Promise<never>(() => {});
    },
  };
  const read = branchReader(branch, "/");
  expect(await read()).toEqual({ cwd: "/", overrides: SAID, trouble: null });
  letTimePass();
  expect(await read()).toEqual({ cwd: "/", overrides: SAID, trouble: null });
  expect(asked).toBe(2);
  letTimePass();
  expect(await read()).toEqual({ cwd: "/", overrides: SAID, trouble: null });
  // It is not asked once more while it owes an answer.
  expect(asked).toBe(2);
});

it("keeps what the branch said last while it cannot be asked, and says so", async () => {
  let asked = 0;
  const read = branchReader(
    {
      lastCommit: null,
      readOverrides: async () => {
        asked++;
        if (asked > 1) throw new Error("the remote hung up");
        return SAID;
      },
    },
    "/",
  );
  await read();
  expect(await read()).toEqual({ cwd: "/", overrides: SAID, trouble: null });
  letTimePass();
  expect(await read()).toEqual({
    cwd: "/",
    overrides: SAID,
    trouble: expect.stringContaining("the remote hung up"),
  });
});
