import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { ExitCode } from "../../src/base/errors.ts";
import type { Logger } from "../../src/base/log.ts";
import type { Migration } from "../../src/model/migration.ts";
import type { Checkout, FollowedClone, PullOutcome } from "../../src/ports.ts";
import { Controller } from "../../src/serve/controller.ts";
import type { VisitOutcome } from "../../src/serve/next-visit.ts";
import type { Visit } from "../../src/serve/watched-migration.ts";

const SOON = { timeout: 5_000, interval: 5 };
const WORKED = { kind: "worked", phase: "Completed", message: "Completed", tookMs: 1 } as const;
const DONE: VisitOutcome = { ...WORKED, exitCode: ExitCode.done };

/** A branch as a list of names with the hash of each spec. */
interface Branch {
  readonly specs: Readonly<Record<string, string>>;
  readonly hasProblems?: boolean;
}

let stop: AbortController;
let said: string[];
let branch: Branch;
let version: number;
let pull: () => Promise<void>;
let pruned: ReadonlySet<string>;
let loaded: string[];
let visits: { readonly visit: Visit; end(outcome: VisitOutcome): void; hasPlace: boolean }[];
let objection: string | null;
let running: Promise<{ readonly hasInterrupted: boolean }>;

beforeEach(() => {
  stop = new AbortController();
  said = [];
  version = 0;
  pull = async () => {};
  visits = [];
  loaded = [];
  objection = null;
});

afterEach(async () => {
  stop.abort();
  for (const { end } of visits) end({ kind: "rests" });
  await running;
});

function change(next: Branch): void {
  branch = next;
  version++;
}

function checkout(): Checkout {
  return { root: `/trees/${version}`, commit: `c${version}`, specsCommit: `c${version}` };
}

function start(parallel = 2): void {
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  let current: Checkout | null = null;
  const clone: FollowedClone = {
    get current() {
      return current;
    },
    async pull(): Promise<PullOutcome> {
      await pull();
      if (current?.root !== checkout().root) current = checkout();
      return { checkout: current, isForced: false };
    },
    async prune(inUse) {
      pruned = inUse;
    },
    async [Symbol.asyncDispose]() {},
  };
  const controller = new Controller({
    clone,
    clock: systemClock,
    logger,
    stop: stop.signal,
    intervalMs: 20,
    parallel,
    load: async (read) => {
      loaded.push(read.root);
      const entries = Object.entries(branch.specs).map(([name, specHash]) => ({
        migration: { name } as Migration,
        specHash,
      }));
      return { checkout: read, entries, hasProblems: branch.hasProblems === true };
    },
    async visit(visit) {
      const hasPlace = visit.takePlace();
      return new Promise((resolve) => {
        visits.push({ visit, end: resolve, hasPlace });
        visit.stop.addEventListener("abort", () => {
          resolve({ ...WORKED, exitCode: ExitCode.interrupted });
        });
        if (!hasPlace) resolve({ kind: "waits", reason: "it waits" });
      });
    },
    objectionToChange: async () => objection,
  });
  running = controller.run();
}

function say(text: string): void {
  said.push(text);
}

function at(name: string) {
  return visits.filter(({ visit, hasPlace }) => visit.entry.migration.name === name && hasPlace);
}

describe("the controller", () => {
  it("visits each migration once at a time, and gives no more places than there are", async () => {
    change({ specs: { a: "1", b: "1", c: "1" } });
    start(2);
    await expect.poll(() => [at("a").length, at("b").length], SOON).toEqual([1, 1]);
    await expect.poll(() => visits.length, SOON).toBeGreaterThan(4);
    expect([at("a").length, at("b").length, at("c").length]).toEqual([1, 1, 0]);
    at("a")[0]?.end({ kind: "rests" });
    await expect.poll(() => at("c").length, SOON).toBe(1);
    expect(said.filter((line) => line === "c: it waits")).toHaveLength(1);
  });

  it("looks at once at what rests when specs change", async () => {
    change({ specs: { a: "1" } });
    start();
    await expect.poll(() => at("a").length, SOON).toBe(1);
    at("a")[0]?.end({ kind: "rests" });
    change({ specs: { a: "1" } });
    await expect.poll(() => at("a").length, SOON).toBe(2);
  });

  it("keeps to the last specs that could be read, and to their work tree", async () => {
    change({ specs: { a: "1" } });
    start();
    await expect.poll(() => at("a").length, SOON).toBe(1);
    change({ specs: {}, hasProblems: true });
    await expect.poll(() => loaded, SOON).toContain("/trees/2");
    at("a")[0]?.end(DONE);
    await expect.poll(() => at("a").length, SOON).toBe(2);
    expect(at("a")[1]?.visit.specs).toMatchObject({
      checkout: { root: "/trees/1" },
      hasProblems: true,
    });
    expect([...pruned]).toEqual(["/trees/1"]);
    change({ specs: {} });
    at("a")[1]?.end({ kind: "rests" });
    await expect
      .poll(() => said, SOON)
      .toContainEqual(expect.stringMatching(/^a: Its spec is gone/u));
  });

  it("begins with the specs that can be read where it has never known others", async () => {
    change({ specs: { a: "1" }, hasProblems: true });
    start();
    await expect.poll(() => at("a").length, SOON).toBe(1);
    expect(at("a")[0]?.visit.specs.hasProblems).toBe(true);
  });

  it("goes on while the remote does not answer", async () => {
    change({ specs: { a: "1" } });
    start();
    await expect.poll(() => at("a").length, SOON).toBe(1);
    const answered = new AbortController();
    pull = async () => {
      await once(answered.signal, "abort");
    };
    for (let n = 1; n < 4; n++) {
      at("a")[n - 1]?.end(DONE);
      await expect.poll(() => at("a").length, SOON).toBe(n + 1);
    }
    answered.abort();
  });

  it("ends work on a spec that means something else by now, unless something speaks against it", async () => {
    objection = "it was not approved";
    change({ specs: { a: "1", b: "1" } });
    start();
    await expect.poll(() => at("a").length, SOON).toBe(1);
    change({ specs: { a: "2", b: "1" } });
    await expect
      .poll(() => said, SOON)
      .toContain("a: it was not approved; what was approved before goes on");
    expect(at("a")[0]?.visit.stop.aborted).toBe(false);
    objection = null;
    change({ specs: { a: "3", b: "1" } });
    await expect.poll(() => at("a").length, SOON).toBe(2);
    expect(at("a")[0]?.visit.stop.aborted).toBe(true);
    expect(at("a")[1]?.visit.entry.specHash).toBe("3");
    expect(at("b")).toHaveLength(1);
  });

  it("tells whether it has interrupted work", async () => {
    change({ specs: { a: "1" } });
    start();
    await expect.poll(() => at("a").length, SOON).toBe(1);
    stop.abort();
    expect(await running).toEqual({ hasInterrupted: true });
  });

  it("waits for the branch as long as it has never been read, says why once, and interrupts nothing then", async () => {
    change({ specs: { a: "1" } });
    let isAway = true;
    let pulls = 0;
    pull = async () => {
      pulls++;
      if (isAway) throw new Error("the remote is away");
    };
    start();
    await expect.poll(() => pulls, SOON).toBeGreaterThan(3);
    expect(said).toEqual([expect.stringContaining("Nothing is worked on before it can be read")]);
    isAway = false;
    await expect.poll(() => at("a").length, SOON).toBe(1);
    at("a")[0]?.end({ kind: "rests" });
    stop.abort();
    expect(await running).toEqual({ hasInterrupted: false });
  });
});
