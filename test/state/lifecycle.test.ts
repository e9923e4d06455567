import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DesiredState } from "../../src/model/migration.ts";
import type { Phase, Transition } from "../../src/model/run.ts";
import { type LifecycleFacts, nextPhase, phaseLeft } from "../../src/state/lifecycle.ts";

const PHASES: readonly Phase[] = [
  "Pending",
  "Prechecking",
  "Copying",
  "CatchingUp",
  "Streaming",
  "CuttingOver",
  "Verifying",
  "Completed",
  "Paused",
  "Stopped",
  "Stalled",
];
const WORKING: readonly Phase[] = ["Prechecking", "Copying", "Verifying"];
const FOLLOWING: readonly Phase[] = ["CatchingUp", "Streaming", "CuttingOver"];
const ENDED: readonly Phase[] = ["Completed", "Stopped"];
const DESIRED: readonly DesiredState[] = ["running", "paused", "stopped", "cutover"];

/** The table, written down a second time: which phases may follow which. */
const ALLOWED: Readonly<Record<Phase, readonly Phase[]>> = {
  Pending: ["Prechecking", "Paused", "Stopped"],
  Prechecking: ["Copying", "Paused", "Stopped", "Stalled"],
  Copying: ["Verifying", "CatchingUp", "Paused", "Stopped", "Stalled"],
  CatchingUp: ["Streaming", "Paused", "Stopped", "Stalled"],
  Streaming: ["CuttingOver", "Paused", "Stopped", "Stalled"],
  CuttingOver: ["Streaming", "Completed", "Paused", "Stopped", "Stalled"],
  Verifying: ["Completed", "Paused", "Stopped", "Stalled"],
  Completed: ["Prechecking"],
  Stopped: ["Prechecking"],
  Paused: ["Pending", ...WORKING, ...FOLLOWING, "Stopped"],
  Stalled: ["Pending", ...WORKING, ...FOLLOWING, "Paused", "Stopped"],
};

const nothingDone: LifecycleFacts = {
  mode: "full",
  isPrecheckPassed: false,
  isCopyDone: false,
  isConsistent: false,
  isVerificationDone: false,
  cutover: { objection: null, failure: null, isPastReturn: false, isDone: false },
  reasonForRun: null,
  obstacle: null,
  phaseLeft: null,
};

const facts: fc.Arbitrary<LifecycleFacts> = fc.record({
  mode: fc.constantFrom("full" as const, "full-and-incremental" as const),
  isPrecheckPassed: fc.boolean(),
  isCopyDone: fc.boolean(),
  isConsistent: fc.boolean(),
  isVerificationDone: fc.boolean(),
  cutover: fc.record({
    objection: fc.option(fc.constant("it is delayed")),
    failure: fc.option(fc.constant("something still writes")),
    isPastReturn: fc.boolean(),
    isDone: fc.boolean(),
  }),
  reasonForRun: fc.option(fc.constant("the plan has changes")),
  obstacle: fc.option(fc.constant("the disk is full")),
  phaseLeft: fc.option(fc.constantFrom(...PHASES)),
});
const phase = fc.constantFrom(...PHASES);
const ofFull = phase.filter((each) => !FOLLOWING.includes(each));
const desired = fc.constantFrom(...DESIRED);

describe("nextPhase", () => {
  it("never leaves the table, whatever the facts", () => {
    fc.assert(
      fc.property(desired, phase, facts, (wanted, actual, known) => {
        const step = nextPhase(wanted, actual, known);
        if (step.kind === "transition") expect(ALLOWED[actual]).toContain(step.to);
        if (step.kind === "work") expect(step.phase).toBe(actual);
      }),
    );
  });

  it("keeps an ended phase unless running is desired and the plan has changes", () => {
    fc.assert(
      fc.property(desired, fc.constantFrom(...ENDED), facts, (wanted, actual, known) => {
        const step = nextPhase(wanted, actual, known);
        const startsAgain = wanted === "running" && known.reasonForRun !== null;
        expect(step.kind === "transition").toBe(startsAgain);
      }),
    );
  });

  it("comes to rest for any desired state when the work succeeds", () => {
    fc.assert(
      fc.property(desired, ofFull, fc.constantFrom(...WORKING), (wanted, start, left) => {
        const { visited, last } = drive(wanted, start, { ...nothingDone, phaseLeft: left });
        expect(["rest", "refuse"]).toContain(last.kind);
        expect(visited.length).toBeLessThan(8);
        if (wanted === "running" && start !== "Stopped") expect(visited.at(-1)).toBe("Completed");
      }),
    );
  });

  it("reaches every phase from Pending", () => {
    const reached = new Set<Phase>(["Pending"]);
    for (const actual of reached) {
      for (const known of someFacts()) {
        for (const wanted of DESIRED) {
          const step = nextPhase(wanted, actual, known);
          if (step.kind === "transition") reached.add(step.to);
        }
      }
    }
    expect([...reached].toSorted()).toEqual(PHASES.toSorted());
  });

  it("gives the same step for the same facts", () => {
    fc.assert(
      fc.property(desired, phase, facts, (wanted, actual, known) => {
        expect(nextPhase(wanted, actual, known)).toEqual(nextPhase(wanted, actual, { ...known }));
      }),
    );
  });

  it("walks the happy path", () => {
    expect(drive("running", "Pending", nothingDone).visited).toEqual([
      "Pending",
      "Prechecking",
      "Copying",
      "Verifying",
      "Completed",
    ]);
  });

  it("follows the source from the copy on, without an end of its own", () => {
    const incremental = { ...nothingDone, mode: "full-and-incremental" } as const;
    const copied = { ...incremental, isCopyDone: true };
    expect(nextPhase("running", "Copying", copied)).toMatchObject({ to: "CatchingUp" });
    expect(nextPhase("running", "CatchingUp", copied)).toMatchObject({ kind: "work" });
    const consistent = { ...copied, isConsistent: true };
    expect(nextPhase("running", "CatchingUp", consistent)).toMatchObject({ to: "Streaming" });
    expect(nextPhase("running", "Streaming", consistent)).toMatchObject({ kind: "work" });
    expect(nextPhase("stopped", "Streaming", consistent)).toMatchObject({ to: "Stopped" });
  });

  it.each([
    "Pending",
    "Prechecking",
    "Copying",
    "CatchingUp",
    "Streaming",
    "Verifying",
    "Stalled",
  ] as const)("pauses %s and goes on with the phase that was left", (actual) => {
    expect(nextPhase("paused", actual, nothingDone)).toMatchObject({ to: "Paused" });
    const left = actual === "Stalled" ? "Copying" : actual;
    expect(nextPhase("running", "Paused", { ...nothingDone, phaseLeft: left })).toMatchObject({
      to: left,
    });
  });

  it("begins with the precheck when the phase that was left is unknown", () => {
    expect(nextPhase("running", "Paused", nothingDone)).toMatchObject({ to: "Prechecking" });
  });

  it.each(["Pending", ...WORKING, "Paused", "Stalled"] as const)("stops %s", (actual) => {
    expect(nextPhase("stopped", actual, nothingDone)).toMatchObject({ to: "Stopped" });
  });

  it("stops even when an obstacle is in the way", () => {
    const blocked = { ...nothingDone, obstacle: "the disk is full" };
    expect(nextPhase("stopped", "Copying", blocked)).toMatchObject({ to: "Stopped" });
  });

  it("stalls with the obstacle's reason, rests while it stands, and tries again without it", () => {
    const blocked = { ...nothingDone, phaseLeft: "Copying", obstacle: "the disk is full" } as const;
    expect(nextPhase("running", "Copying", blocked)).toEqual({
      kind: "transition",
      to: "Stalled",
      reason: "the disk is full",
    });
    expect(nextPhase("running", "Stalled", blocked)).toEqual({
      kind: "rest",
      reason: "the disk is full",
    });
    expect(nextPhase("running", "Stalled", { ...blocked, obstacle: null })).toMatchObject({
      to: "Copying",
    });
  });

  it("refuses cutover in mode full, in every phase, and says what to do", () => {
    for (const actual of PHASES) {
      expect(nextPhase("cutover", actual, nothingDone)).toMatchObject({
        kind: "refuse",
        remedy: "Set spec.desiredState to running",
      });
    }
  });

  const followed: LifecycleFacts = {
    ...nothingDone,
    mode: "full-and-incremental",
    isCopyDone: true,
    isConsistent: true,
  };

  it("I6 cuts over from Streaming once nothing speaks against it", () => {
    expect(nextPhase("cutover", "Copying", followed)).toMatchObject({ to: "CatchingUp" });
    const { cutover } = followed;
    const delayed = { ...followed, cutover: { ...cutover, objection: "it is delayed" } };
    expect(nextPhase("cutover", "Streaming", delayed)).toMatchObject({ kind: "work" });
    expect(nextPhase("cutover", "Streaming", followed)).toMatchObject({ to: "CuttingOver" });
    expect(nextPhase("cutover", "CuttingOver", followed)).toMatchObject({ kind: "work" });
    const done = { ...followed, cutover: { ...cutover, isDone: true } };
    expect(nextPhase("cutover", "CuttingOver", done)).toMatchObject({ to: "Completed" });
    expect(nextPhase("cutover", "Completed", done)).toMatchObject({ kind: "rest" });
  });

  it("I6 goes back to Streaming for any reason, unless it is behind the point of no return", () => {
    const { cutover } = followed;
    const failed = { ...followed, cutover: { ...cutover, failure: "something writes" } };
    expect(nextPhase("cutover", "CuttingOver", failed)).toMatchObject({
      to: "Streaming",
      reason: "the cutover could not go on: something writes",
    });
    const blocked = { ...followed, obstacle: "the disk is full" };
    expect(nextPhase("cutover", "CuttingOver", blocked)).toMatchObject({ to: "Streaming" });
    expect(nextPhase("running", "CuttingOver", followed)).toMatchObject({ to: "Streaming" });
    expect(nextPhase("paused", "CuttingOver", followed)).toMatchObject({ to: "Paused" });
    const left = { ...followed, phaseLeft: "CuttingOver" } as const;
    expect(nextPhase("cutover", "Paused", left)).toMatchObject({ to: "Streaming" });
    const past = { ...left, cutover: { ...cutover, isPastReturn: true } };
    for (const wanted of DESIRED) {
      expect(nextPhase(wanted, "CuttingOver", past)).toMatchObject({ kind: "work" });
    }
    const stuck = { ...past, obstacle: "the disk is full" };
    expect(nextPhase("cutover", "CuttingOver", stuck)).toMatchObject({ to: "Stalled" });
    expect(nextPhase("cutover", "Stalled", past)).toMatchObject({ to: "CuttingOver" });
  });
});

describe("phaseLeft", () => {
  it("is null for a migration that is neither paused nor stalled", () => {
    expect(phaseLeft([])).toBeNull();
    expect(phaseLeft([change(1, "Pending", "Prechecking")])).toBeNull();
    const resumed = [change(1, "Copying", "Paused"), change(2, "Paused", "Copying")];
    expect(phaseLeft(resumed)).toBeNull();
  });

  it("is the phase before the pause", () => {
    expect(phaseLeft([change(3, "Copying", "Paused")])).toBe("Copying");
  });

  it("looks through a pause of a stalled run, in whatever order transitions come", () => {
    const history = [
      change(2, "Stalled", "Paused"),
      change(1, "Verifying", "Stalled"),
      change(0, "Copying", "Verifying"),
    ];
    expect(phaseLeft(history)).toBe("Verifying");
  });
});

/** Runs the machine the way the reconcile loop does, with work that always succeeds. */
function drive(wanted: DesiredState, start: Phase, initial: LifecycleFacts) {
  const visited: Phase[] = [start];
  let known = initial;
  for (;;) {
    const step = nextPhase(wanted, visited.at(-1) as Phase, known);
    if (step.kind === "rest" || step.kind === "refuse") return { visited, last: step };
    if (step.kind === "transition") visited.push(step.to);
    else known = { ...known, ...doneBy(step.phase) };
    if (visited.length > 20) throw new Error(`does not converge: ${visited.join(", ")}`);
  }
}

/** Facts of a run that has come to each of its points, with and without an obstacle. */
function someFacts(): LifecycleFacts[] {
  const points: Partial<LifecycleFacts>[] = [
    {},
    { isPrecheckPassed: true },
    { isPrecheckPassed: true, isCopyDone: true },
    { isPrecheckPassed: true, isCopyDone: true, isVerificationDone: true },
    { isCopyDone: true, mode: "full-and-incremental" },
    { isCopyDone: true, isConsistent: true, mode: "full-and-incremental" },
    { mode: "full-and-incremental", cutover: { ...nothingDone.cutover, isDone: true } },
  ];
  return points.flatMap((point) => [
    { ...nothingDone, ...point },
    { ...nothingDone, ...point, obstacle: "the disk is full" },
  ]);
}

function doneBy(working: Phase): Partial<LifecycleFacts> {
  if (working === "Prechecking") return { isPrecheckPassed: true };
  return working === "Copying" ? { isCopyDone: true } : { isVerificationDone: true };
}

function change(seq: number, from: Phase, to: Phase): Transition {
  return {
    migration: "m",
    seq,
    epoch: 1,
    from,
    to,
    at: new Date(0),
    reason: "",
    planDigest: null,
    specHash: "",
    conditions: [],
  };
}
