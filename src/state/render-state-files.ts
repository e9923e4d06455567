import { Scalar, stringify } from "yaml";
import { BugError } from "../base/errors.ts";
import type { Condition, RunRecord, Transition } from "../model/run.ts";
import type { StateFile } from "../model/state-commit.ts";

/*
 * The files of `state/<migration>/`. All of them follow from stored facts alone: no time of rendering, counter, lag or
 * machine is in them, so rendering again gives the same bytes, and publishing again after a crash changes nothing.
 */

export interface StateFacts {
  readonly run: RunRecord;
  /** All of the migration, in any order. */
  readonly transitions: readonly Transition[];
  /** Commit the spec was read from; null without git. */
  readonly specCommit: string | null;
  /** The plan that was approved, as rendered by the report; null before there is one. */
  readonly planJson: string | null;
  /** Results, rendered; null before the end. */
  readonly report: { readonly markdown: string; readonly html: string } | null;
}

/** Renders every file, with paths relative to the migration's folder. */
export function renderStateFiles(facts: StateFacts): readonly StateFile[] {
  const { run, planJson, report } = facts;
  const stray = facts.transitions.find(({ migration }) => migration !== run.migration);
  if (stray !== undefined) {
    throw new BugError(`A transition of ${stray.migration} is among those of ${run.migration}.`);
  }
  const bySeq = facts.transitions.toSorted((a, b) => a.seq - b.seq);
  const files: StateFile[] = [
    { path: "status.yaml", content: renderStatus(run, bySeq, facts.specCommit) },
    ...bySeq.map(renderEvent),
  ];
  if (planJson !== null) files.push({ path: "plan.json", content: endWithNewline(planJson) });
  if (report === null) return files;
  return [
    ...files,
    { path: "report.md", content: endWithNewline(report.markdown) },
    { path: "report.html", content: endWithNewline(report.html) },
  ];
}

function renderStatus(
  run: RunRecord,
  bySeq: readonly Transition[],
  specCommit: string | null,
): string {
  const header =
    "# Written by mongoferry at each change of phase. Changes made here are overwritten.\n";
  return (
    header +
    toYaml({
      migration: run.migration,
      phase: run.phase,
      since: run.since.toISOString(),
      spec: { hash: quoted(run.specHash), commit: quoted(specCommit) },
      planDigest: quoted(run.planDigest),
      // Not the run's own, which each process raises: who publishes again after a crash has the same bytes.
      epoch: bySeq.at(-1)?.epoch ?? run.epoch,
      seq: run.seq,
      conditions: run.conditions.map(conditionToYaml),
    })
  );
}

/** One immutable file per transition: `events/000007-copying.yaml`. */
function renderEvent(transition: Transition): StateFile {
  const number = String(transition.seq).padStart(6, "0");
  const content = toYaml({
    migration: transition.migration,
    seq: transition.seq,
    epoch: transition.epoch,
    from: transition.from,
    to: transition.to,
    at: transition.at.toISOString(),
    reason: quoted(transition.reason),
    specHash: quoted(transition.specHash),
    planDigest: quoted(transition.planDigest),
    conditions: transition.conditions.map(conditionToYaml),
  });
  return { path: `events/${number}-${transition.to.toLowerCase()}.yaml`, content };
}

function conditionToYaml({ type, status, message }: Condition) {
  return { type, status: quoted(status), message: quoted(message) };
}

/**
 * Text that is anything but one of our own words is always quoted. Otherwise a hash such as `12e4` or a message such as
 * `no` would be a number or a boolean to some reader, and which texts need quotes changes with versions of the library.
 */
function quoted(text: string | null): Scalar | null {
  if (text === null) return null;
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function toYaml(value: Readonly<Record<string, unknown>>): string {
  return stringify(value, { lineWidth: 0, doubleQuotedAsJSON: true, aliasDuplicateObjects: false });
}

function endWithNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
