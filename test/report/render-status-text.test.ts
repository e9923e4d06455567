import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { RunRecord, Transition } from "../../src/model/run.ts";
import { renderStatusText } from "../../src/report/render-status-text.ts";
import { type Status, statusToJson } from "../../src/report/status-json.ts";
import type { Checkpoint } from "../../src/model/checkpoint.ts";
import { FIGURES } from "./sample-figures.ts";
import { copied, progressOf } from "./sample-progress.ts";
import { limitsInForce } from "../../src/model/limits.ts";
import { loadOf, loadToJson } from "../../src/report/load-status.ts";
import { PLAIN_LIMITS } from "../support/plain-limits.ts";

const RUN: RunRecord = {
  migration: "shop",
  phase: "Copying",
  since: new Date("2026-03-01T10:00:00Z"),
  epoch: 2,
  seq: 2,
  planDigest: "9f3c21d0aaaa",
  specHash: "abc",
  conditions: [{ type: "Verified", status: "unknown", message: "not yet compared" }],
  startFence: null,
  isAdmitted: true,
  runSeq: 1,
  publishedSeq: 1,
};

function transition(seq: number, changes: Partial<Transition> = {}): Transition {
  return {
    migration: "shop",
    seq,
    epoch: 1,
    from: "Pending",
    to: "Prechecking",
    at: new Date("2026-03-01T09:59:00Z"),
    reason: "",
    planDigest: null,
    specHash: "abc",
    conditions: [],
    ...changes,
  };
}

const STATUS: Status = {
  migration: "shop",
  run: RUN,
  progress: [
    progressOf("a", { state: "pending" }),
    copied("b", 100, { state: "done" }),
    copied("z", 50),
  ],
  checkpoint: null,
  transitions: [
    transition(1),
    transition(2, { from: "Prechecking", to: "Copying", at: RUN.since, reason: "precheck passed" }),
  ],
  load: loadOf({
    limits: PLAIN_LIMITS,
    overrides: {},
    load: null,
    now: new Date("2026-03-01T12:05:00Z"),
  }),
  now: new Date("2026-03-01T12:05:00Z"),
};

const CHECKPOINT: Checkpoint = {
  position: {
    resumeToken: new Uint8Array(5),
    clusterTime: { seconds: 1_772_366_697, increment: 3 },
  },
  sourceIdentity: "source",
  consistentFrom: { seconds: 1_772_366_000, increment: 1 },
  figures: FIGURES,
};
const STREAMING: Status = {
  ...STATUS,
  run: { ...RUN, phase: "Streaming" },
  checkpoint: CHECKPOINT,
};

describe("renderStatusText", () => {
  it("shows what holds, what was set by hand, and why it is slower", () => {
    const at = STATUS.now;
    const window = {
      fromMinute: 8 * 60,
      toMinute: 20 * 60,
      timeZone: "UTC",
      days: ["sun" as const],
      mayCopy: false,
      limits: { bytesPerSecond: 2_500_000 },
    };
    const limits = { ...PLAIN_LIMITS, windows: [window], readFrom: "secondary" as const };
    const overrides = { documentsPerSecond: 500 };
    const inForce = limitsInForce(limits, overrides, at);
    const backOff = { factor: 0.25, reason: "a secondary is 12 s behind", since: at };
    const known = { limits, overrides, now: at };
    const load = loadOf({ ...known, load: { inForce, backOff, at } });
    expect(renderStatusText({ ...STATUS, load }, { useColor: false })).toContain(`
Limits: waits, since nothing may be copied at this time, 500 docs/s, 2.5 MB/s, 4 workers, reads from a secondary (sun 08:00–20:00 UTC); set with status --set: documentsPerSecond
Load: backs off to 25 % of its speed: a secondary is 12 s behind
`);
    expect(loadToJson(load)).toEqual({
      documentsPerSecond: 500,
      megabytesPerSecond: 2.5,
      workers: 4,
      readFrom: "secondary",
      isAdaptive: false,
      mayCopy: false,
      windows: ["sun 08:00–20:00 UTC"],
      set: ["documentsPerSecond"],
      backOff: { ...backOff, since: at.toISOString() },
      at: at.toISOString(),
    });
    // Nobody has said anything for a while.
    const old = loadOf({
      ...known,
      load: { inForce, backOff, at: new Date(at.getTime() - 30_000) },
    });
    expect(old).toMatchObject({ backOff: null, at: null, inForce: { documentsPerSecond: 500 } });
    const ended = { ...STATUS, run: { ...RUN, phase: "Completed" as const } };
    expect(renderStatusText(ended, { useColor: false })).not.toContain("Limits:");
  });

  it("says when nothing has run yet", () => {
    const status = { ...STATUS, run: null, progress: [], transitions: [] };
    expect(renderStatusText(status, { useColor: false })).toBe("shop: nothing has run yet\n");
  });

  it("puts phase and reason first, and what is going on before the rest", () => {
    expect(renderStatusText(STATUS, { useColor: false })).toBe(`shop: Copying for 2 h 5 min
precheck passed
since 2026-03-01 10:00:00 UTC · plan 9f3c21d0

Limits: no rate, 4 workers

Conditions
  Verified is unknown: not yet compared

Total: 50 %, 1 of 3 collections done, 1,500 of 3,000 documents, 1.4 MiB of 2.9 MiB

Collection  State    Percent       Documents                Size
store.z     copying     50 %    500 of 1,000  488 KiB of 977 KiB
store.a     pending      0 %      0 of 1,000      0 B of 977 KiB
store.b     done       100 %  1,000 of 1,000  977 KiB of 977 KiB

History
  2026-03-01 09:59:00 UTC  Pending → Prechecking
  2026-03-01 10:00:00 UTC  Prechecking → Copying  precheck passed
`);
  });

  it("says the same in colour", () => {
    const coloured = renderStatusText(STATUS, { useColor: true });
    expect(coloured).toContain("\u001b[");
    expect(stripVTControlCharacters(coloured)).toBe(renderStatusText(STATUS, { useColor: false }));
  });

  it("shows a run without progress, plan or reason", () => {
    const run: RunRecord = { ...RUN, planDigest: null, conditions: [] };
    const status = { ...STATUS, run, progress: [], transitions: [] };
    expect(renderStatusText(status, { useColor: false })).toBe(
      "shop: Copying for 2 h 5 min\nsince 2026-03-01 10:00:00 UTC\n\nLimits: no rate, 4 workers\n",
    );
  });

  it("counts what it leaves out of 10,000 collections", () => {
    const progress = Array.from({ length: 10_000 }, (_, i) => progressOf(`c${i}`));
    const transitions = Array.from({ length: 25 }, (_, i) => transition(i + 1));
    const text = renderStatusText({ ...STATUS, progress, transitions }, { useColor: false });
    expect(text).toContain("\n… and 9,950 more collections; --output json lists all\n");
    expect(text).toContain("\n  … 5 earlier; --output json lists all\n");
    expect(text.match(/store\./g)).toHaveLength(50);
  });

  it("lets no name or message control the terminal", () => {
    const hostile = "\u001b[2J\n\u202e";
    const text = renderStatusText(
      {
        ...STATUS,
        migration: hostile,
        run: { ...RUN, conditions: [{ type: hostile, status: "false", message: hostile }] },
        progress: [copied(`x${hostile}`, 1)],
        transitions: [transition(1, { to: "Copying", reason: hostile })],
      },
      { useColor: false },
    );
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
    expect(text.split("\n")).toHaveLength(17);
  });
});

/** How it goes according to figures of that age. */
function agedBy(ms: number): string | undefined {
  const now = new Date(FIGURES.at.getTime() + ms);
  return renderStatusText({ ...STREAMING, now }, { useColor: false }).split("\n\n")[1];
}

describe("how the following of changes goes, in words", () => {
  const LINE =
    "Not delayed (0.2 s), 1,204 changes/s, 9,000 changes applied in 800 writes, the source keeps 2 h 5 min of changes behind this point";

  it("comes behind the heading, before everything else", () => {
    const text = renderStatusText(STREAMING, { useColor: false });
    expect(text.split("\n\n")[1]).toBe(LINE);
  });

  it("says that figures are old which a process at work would have stored anew", () => {
    expect(agedBy(19_999)).toBe(LINE);
    expect(agedBy(20_000)).toBe(
      `${LINE}; so 20 s ago, and nothing has been stored since: no process is at work, or it cannot reach the source`,
    );
    expect(agedBy(3_600_000)).toContain("; so 1 h ago, and nothing has been stored since");
  });

  it("is not spoken of before changes are followed, nor behind the end of the run", () => {
    const stopped = { ...STREAMING, run: { ...RUN, phase: "Stopped" as const } };
    const copying = { ...STREAMING, checkpoint: { ...CHECKPOINT, figures: null } };
    for (const status of [STATUS, stopped, copying]) {
      expect(renderStatusText(status, { useColor: false })).not.toMatch(/delayed/iu);
    }
  });
});

describe("statusToJson", () => {
  it("tells how the following of changes goes", () => {
    expect(statusToJson(STREAMING).following).toEqual({
      at: "2026-03-01T12:04:57.000Z",
      isDelayed: false,
      isConsistent: true,
      appliedThrough: "1772366697.3",
      changesRead: 9_100,
      changesApplied: 9_000,
      writes: 800,
      readPerSecond: 1_210,
      appliedPerSecond: 1_204,
      windowChanges: 17,
      lagMs: 240,
      headroomMs: 7_500_000,
    });
  });

  it("calls the destination consistent only behind the time from which it is", () => {
    const isConsistent = (consistentFrom: Checkpoint["consistentFrom"]) =>
      statusToJson({
        ...STREAMING,
        run: { ...RUN, phase: "CatchingUp" },
        checkpoint: { ...CHECKPOINT, consistentFrom },
      }).following?.isConsistent;
    expect(isConsistent(null)).toBe(false);
    expect(isConsistent({ seconds: 1_772_366_697, increment: 2 })).toBe(true);
    expect(isConsistent(CHECKPOINT.position.clusterTime)).toBe(false);
    expect(isConsistent({ seconds: 1_772_366_698, increment: 1 })).toBe(false);
  });

  it("tells of a delay, and of no following before there are figures", () => {
    const figures = { ...FIGURES, lagMs: 60_000, headroomMs: null };
    const delayed = { ...STREAMING, checkpoint: { ...CHECKPOINT, figures } };
    expect(statusToJson(delayed).following).toMatchObject({ isDelayed: true, headroomMs: null });
    expect(statusToJson(STATUS).following).toBeNull();
    const copying = { ...STREAMING, checkpoint: { ...CHECKPOINT, figures: null } };
    expect(statusToJson(copying).following).toBeNull();
  });

  it("holds everything, sorted by target", () => {
    const json = statusToJson(STATUS);
    expect(json).toMatchObject({
      migration: "shop",
      phase: "Copying",
      since: "2026-03-01T10:00:00.000Z",
      reason: "precheck passed",
      planDigest: "9f3c21d0aaaa",
      epoch: 2,
      seq: 2,
      publishedSeq: 1,
      conditions: [{ type: "Verified", status: "unknown", message: "not yet compared" }],
      total: { percent: 50, collectionCount: 3, doneCount: 1, copiedDocuments: 1500 },
    });
    expect(json.collections.map(({ target, percent }) => [target, percent])).toEqual([
      ["store.a", 0],
      ["store.b", 100],
      ["store.z", 50],
    ]);
    expect(json.transitions[1]).toEqual({
      seq: 2,
      epoch: 1,
      from: "Prechecking",
      to: "Copying",
      at: "2026-03-01T10:00:00.000Z",
      reason: "precheck passed",
    });
  });

  it("is null where nothing has run", () => {
    const json = statusToJson({ ...STATUS, run: null, progress: [], transitions: [] });
    expect(json).toMatchObject({ phase: null, since: null, reason: null, seq: 0 });
    expect(json.total.percent).toBeNull();
  });
});
