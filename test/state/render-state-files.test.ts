import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Phase, RunRecord, Transition } from "../../src/model/run.ts";
import { renderStateFiles, type StateFacts } from "../../src/state/render-state-files.ts";
import { checkStateFile } from "../support/state-files.ts";

/** A new one fails to compile until it is here, and the test until it is in the schema. */
const PHASES = Object.keys({
  Pending: true,
  Prechecking: true,
  Copying: true,
  CatchingUp: true,
  Streaming: true,
  CuttingOver: true,
  Verifying: true,
  Completed: true,
  Paused: true,
  Stopped: true,
  Stalled: true,
} satisfies Record<Phase, true>) as readonly Phase[];

const copying: Transition = {
  migration: "shop",
  seq: 7,
  epoch: 2,
  from: "Prechecking",
  to: "Copying",
  at: new Date("2026-03-01T10:00:00.120Z"),
  reason: "the precheck passed",
  planDigest: "9f3c21d0",
  specHash: "12e4",
  conditions: [{ type: "Prechecked", status: "true", message: "13 passed, 1 warning: #1" }],
};

const run: RunRecord = {
  migration: "shop",
  phase: "Copying",
  since: new Date("2026-03-01T10:00:00.120Z"),
  epoch: 2,
  seq: 7,
  planDigest: "9f3c21d0",
  specHash: "12e4",
  conditions: copying.conditions,
  startFence: { seconds: 1, increment: 2 },
  isAdmitted: true,
  runSeq: 1,
  publishedSeq: 6,
};

const facts: StateFacts = {
  run,
  transitions: [copying],
  specCommit: "abc1234",
  planJson: null,
  report: null,
};

describe("renderStateFiles", () => {
  it("renders the same in the process that has taken over, whose epoch is higher", () => {
    expect(renderStateFiles({ ...facts, run: { ...run, epoch: 9 } })).toEqual(
      renderStateFiles(facts),
    );
  });

  it("writes the status for people and programs, without anything that moves by itself", () => {
    expect(contentOf("status.yaml", facts)).toBe(
      [
        "# Written by mongoferry at each change of phase. Changes made here are overwritten.",
        "migration: shop",
        "phase: Copying",
        "since: 2026-03-01T10:00:00.120Z",
        "spec:",
        '  hash: "12e4"',
        '  commit: "abc1234"',
        'planDigest: "9f3c21d0"',
        "epoch: 2",
        "seq: 7",
        "conditions:",
        "  - type: Prechecked",
        '    status: "true"',
        '    message: "13 passed, 1 warning: #1"',
        "",
      ].join("\n"),
    );
  });

  it("writes one file per transition, named by seq and phase", () => {
    expect(contentOf("events/000007-copying.yaml", facts)).toBe(
      [
        "migration: shop",
        "seq: 7",
        "epoch: 2",
        "from: Prechecking",
        "to: Copying",
        "at: 2026-03-01T10:00:00.120Z",
        'reason: "the precheck passed"',
        'specHash: "12e4"',
        'planDigest: "9f3c21d0"',
        "conditions:",
        "  - type: Prechecked",
        '    status: "true"',
        '    message: "13 passed, 1 warning: #1"',
        "",
      ].join("\n"),
    );
  });

  it("writes plan and report when there are any, each ending in a line break", () => {
    const files = renderStateFiles({
      ...facts,
      planJson: "{}",
      report: { markdown: "# Done\n", html: "<!doctype html>" },
    });
    expect(files.map(({ path }) => path)).toEqual([
      "status.yaml",
      "events/000007-copying.yaml",
      "plan.json",
      "report.md",
      "report.html",
    ]);
    expect(files.slice(2).map(({ content }) => content)).toEqual([
      "{}\n",
      "# Done\n",
      "<!doctype html>\n",
    ]);
  });

  it("says null where there is no plan, commit or condition yet", () => {
    const early = { ...facts, specCommit: null, run: { ...run, planDigest: null, conditions: [] } };
    expect(parse(contentOf("status.yaml", early))).toMatchObject({
      planDigest: null,
      spec: { commit: null },
      conditions: [],
    });
  });

  it("is valid against its schema, in each phase", () => {
    const hash = "9f3c21d0".repeat(8);
    for (const phase of PHASES) {
      for (const planDigest of [hash, null]) {
        const known = { specHash: hash, planDigest };
        const files = renderStateFiles({
          ...facts,
          run: { ...run, ...known, phase },
          specCommit: planDigest === null ? null : hash.slice(0, 40),
          transitions: [{ ...copying, ...known, to: phase }],
        });
        const wrong = files.flatMap(({ path, content }) => checkStateFile(`shop/${path}`, content));
        expect(wrong).toEqual([]);
      }
    }
  });

  it("gives the same bytes whatever the order of transitions and however often", () => {
    const second = { ...copying, seq: 8, from: "Copying", to: "Paused" } as const;
    const files = renderStateFiles({ ...facts, transitions: [copying, second] });
    expect(renderStateFiles({ ...facts, transitions: [second, copying] })).toEqual(files);
    expect(files.map(({ path }) => path)).toContain("events/000008-paused.yaml");
  });

  it("keeps an event's bytes when anything else moves on", () => {
    const later = { ...run, phase: "Completed", seq: 9, epoch: 3 } as const;
    expect(contentOf("events/000007-copying.yaml", { ...facts, run: later })).toBe(
      contentOf("events/000007-copying.yaml", facts),
    );
  });

  it("gives back any text unchanged to those who parse it, and never breaks a line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const hostile = { ...copying, reason: text, specHash: text };
        const content = contentOf("events/000007-copying.yaml", {
          ...facts,
          transitions: [hostile],
        });
        expect(parse(content)).toMatchObject({ reason: text, specHash: text });
        expect(content.split("\n")).toHaveLength(14);
      }),
    );
  });

  it.each(["a: b\n- c", "no", "1e3", "# x", "'\"`|>&*!%@", "---", "\u2028\u0000", "x".repeat(500)])(
    "is not led astray by the reason %j",
    (reason) => {
      const content = contentOf("events/000007-copying.yaml", {
        ...facts,
        transitions: [{ ...copying, reason }],
      });
      expect(parse(content)).toMatchObject({ reason, to: "Copying" });
    },
  );

  it("refuses transitions of another migration", () => {
    const stray = { ...copying, migration: "other" };
    expect(() => renderStateFiles({ ...facts, transitions: [stray] })).toThrow("of other");
  });
});

function contentOf(path: string, given: StateFacts): string {
  const file = renderStateFiles(given).find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.content;
}
