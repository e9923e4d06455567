import type { Finding } from "../model/finding.ts";
import { compareNamespaces, formatNamespace, type Namespace } from "../model/namespace.ts";
import type { ObjectChange, Plan } from "../model/plan.ts";
import type {
  CollectionProgress,
  Condition,
  Phase,
  RunRecord,
  Transition,
  VerificationResult,
} from "../model/run.ts";
import type { VerificationMode } from "../model/verification.ts";
import type { CutoverReport } from "./describe-cutover.ts";
import { describeExisting, describeSize } from "./describe-change.ts";
import { groupChanges } from "./plan-changes.ts";

/** All that the report at the end of a run says. */
export interface RunResult {
  /** Free-form name of the migration. */
  readonly title: string;
  readonly run: RunRecord;
  /** All of the migration, in any order; the report shows those of the last run. */
  readonly transitions: readonly Transition[];
  readonly plan: Plan | null;
  readonly findings: readonly Finding[];
  readonly progress: readonly CollectionProgress[];
  readonly verification: VerificationMode;
  /** Empty where nothing was compared. */
  readonly results: readonly VerificationResult[];
  readonly specCommit: string | null;
  /** Null where there was none. */
  readonly cutover: CutoverReport | null;
}

/** The same in the order and the words of the page, for every format. Texts are untrusted: escape them. */
export interface ResultView {
  readonly title: string;
  readonly migration: string;
  readonly verdict: Verdict;
  readonly source: string;
  readonly destination: string;
  readonly planDigest: string | null;
  readonly specCommit: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly durationMs: number;
  readonly totals: ResultTotals;
  /** What stood at the destination and was dropped for a replacement, by target. */
  readonly destroyed: readonly StandingRow[];
  /** What the spec leaves at the destination as it is, by target. */
  readonly kept: readonly StandingRow[];
  /** By target. */
  readonly namespaces: readonly NamespaceRow[];
  readonly differences: readonly NamespaceDifference[];
  readonly cutover: CutoverReport | null;
  readonly phases: readonly PhaseRow[];
  readonly findings: readonly Finding[];
  readonly conditions: readonly Condition[];
}

interface Verdict {
  readonly kind: "good" | "notice" | "bad";
  readonly headline: string;
  readonly detail: string;
}

interface ResultTotals {
  readonly namespaceCount: number;
  readonly copiedDocuments: number;
  readonly copiedBytes: number;
  readonly indexCount: number;
  /** Namespaces that are not equal; null where nothing was compared. */
  readonly unequalCount: number | null;
}

/** One collection or view. Counts are null where they were not taken. */
interface NamespaceRow {
  readonly source: string;
  readonly target: string;
  readonly sourceDocuments: number | null;
  readonly targetDocuments: number | null;
  readonly copiedBytes: number | null;
  readonly indexCount: number;
  /** Null: not compared. */
  readonly isEqual: boolean | null;
}

/** Something of the destination that is not of this migration's making. */
interface StandingRow {
  readonly target: string;
  /** Such as `1,204 documents  41 MiB  3 indexes  2.0 MiB`. */
  readonly figures: string;
}

interface NamespaceDifference {
  readonly target: string;
  /** Sentences about documents, of this program's own words. */
  readonly counts: readonly string[];
  /** Ids of documents as extended JSON. */
  readonly examples: readonly string[];
  /** Differences of indexes and options. */
  readonly definitions: readonly string[];
}

interface PhaseRow {
  readonly phase: Phase;
  readonly since: Date;
  /** Null for the phase that the run is in now. */
  readonly durationMs: number | null;
  readonly reason: string;
}

/** Puts a run's facts into the order of the report. Pure. */
export function describeResult(result: RunResult): ResultView {
  const { run, plan } = result;
  const transitions = lastRun(result.transitions);
  const startedAt = transitions[0]?.at ?? run.since;
  const endedAt = transitions.at(-1)?.at ?? run.since;
  const namespaces = describeNamespaces(result);
  return {
    title: result.title,
    migration: run.migration,
    verdict: judgeResult(result),
    source: describeEnd(plan?.source),
    destination: describeEnd(plan?.destination),
    planDigest: run.planDigest,
    specCommit: result.specCommit,
    startedAt,
    endedAt,
    durationMs: endedAt.getTime() - startedAt.getTime(),
    totals: sumUp(result, namespaces),
    ...describeStandings(plan),
    namespaces,
    differences: result.results.filter(({ isEqual }) => !isEqual).map(describeDifference),
    cutover: result.cutover,
    phases: describePhases(transitions),
    findings: result.findings,
    conditions: run.conditions,
  };
}

function describeStandings(plan: Plan | null): Pick<ResultView, "destroyed" | "kept"> {
  const { destroying, kept } = groupChanges(plan ?? { objects: [] });
  return { destroyed: destroying.map(describeStanding), kept: kept.map(describeStanding) };
}

function describeStanding({ source, target, kind, existing, destroyed }: ObjectChange) {
  const size = destroyed === null ? "" : describeSize(kind, destroyed);
  const figures = existing === null ? size : describeExisting(existing);
  return { target: formatNamespace(target ?? source), figures: figures === "" ? kind : figures };
}

/** From the last time that a run began; a resumed one goes on. */
function lastRun(transitions: readonly Transition[]): readonly Transition[] {
  const bySeq = transitions.toSorted((a, b) => a.seq - b.seq);
  const beginning = bySeq.findLastIndex(
    ({ from, to }) => to === "Prechecking" && ["Pending", "Completed", "Stopped"].includes(from),
  );
  return bySeq.slice(Math.max(0, beginning));
}

function judgeResult({ run, verification, results, cutover }: RunResult): Verdict {
  const unequal = results.filter(({ isEqual }) => !isEqual).length;
  if (unequal > 0) {
    const headline = "Source and destination differ";
    return { kind: "bad", headline, detail: `${unequal} of ${results.length} are not equal` };
  }
  if (cutover !== null && cutover.notRestored.length > 0) {
    const headline = "Cut over, with indexes or options that are not as at the source";
    return { kind: "bad", headline, detail: "They are named below" };
  }
  if (run.phase !== "Completed") {
    return { kind: "bad", headline: run.phase, detail: "The run did not come to its end" };
  }
  if (results.length === 0) {
    const headline = "Copied, not compared";
    const isOff = verification === "off";
    const detail = isOff ? "The spec asks for no comparison" : "No comparison was made";
    return { kind: "notice", headline, detail };
  }
  if (verification === "full") {
    const detail = "Every document, index and option is the same on both sides";
    return { kind: "good", headline: "Source and destination are equal", detail };
  }
  const detail =
    "Indexes, options, numbers of documents and a sample of them are the same on both sides";
  return { kind: "good", headline: "Counts and a sample agree", detail };
}

function describeNamespaces(result: RunResult): readonly NamespaceRow[] {
  const { progress, results, plan } = result;
  const copied = new Map(progress.map((item) => [formatNamespace(item.target), item]));
  const compared = new Map(results.map((item) => [formatNamespace(item.target), item]));
  const indexCounts = countIndexes(plan);
  const objects = new Map<string, { source: Namespace; target: Namespace }>();
  const all = [...progress, ...results, ...(plan?.actions ?? [])];
  for (const { source, target } of all) objects.set(formatNamespace(target), { source, target });
  return [...objects.values()]
    .toSorted((a, b) => compareNamespaces(a.target, b.target))
    .map(({ source, target }) => {
      const name = formatNamespace(target);
      return {
        source: formatNamespace(source),
        target: name,
        sourceDocuments: compared.get(name)?.sourceDocuments ?? null,
        targetDocuments: compared.get(name)?.targetDocuments ?? null,
        copiedBytes: copied.get(name)?.copiedBytes ?? null,
        indexCount: indexCounts.get(name) ?? 0,
        isEqual: compared.get(name)?.isEqual ?? null,
      };
    });
}

function countIndexes(plan: Plan | null): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const action of plan?.actions ?? []) {
    if (action.kind !== "create-index") continue;
    const name = formatNamespace(action.target);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function sumUp(result: RunResult, namespaces: readonly NamespaceRow[]): ResultTotals {
  const { progress, results } = result;
  return {
    namespaceCount: namespaces.length,
    copiedDocuments: progress.reduce((sum, { copiedDocuments }) => sum + copiedDocuments, 0),
    copiedBytes: progress.reduce((sum, { copiedBytes }) => sum + copiedBytes, 0),
    indexCount: namespaces.reduce((sum, { indexCount }) => sum + indexCount, 0),
    unequalCount: results.length === 0 ? null : results.filter(({ isEqual }) => !isEqual).length,
  };
}

function describeDifference(result: VerificationResult): NamespaceDifference {
  const { sourceDocuments, targetDocuments } = result;
  const counts = [
    counted(result.differingDocuments, "with other content at the destination"),
    counted(result.missingDocuments, "missing at the destination"),
    counted(result.extraDocuments, "at the destination only"),
    counted(result.undecidedDocuments, "undecided: changing at every look"),
  ].filter((sentence) => sentence !== null);
  if (counts.length === 0 && sourceDocuments !== targetDocuments) {
    counts.push(
      `${sourceDocuments} documents at the source, ${targetDocuments} at the destination`,
    );
  }
  return {
    target: formatNamespace(result.target),
    counts,
    examples: result.examples,
    definitions: [...result.indexDifferences, ...result.optionDifferences],
  };
}

function counted(count: number | null | undefined, what: string): string | null {
  if (count === null || count === undefined || count === 0) return null;
  return `${count} ${count === 1 ? "document" : "documents"} ${what}`;
}

function describePhases(transitions: readonly Transition[]): readonly PhaseRow[] {
  return transitions.map(({ to, at, reason }, position) => {
    const next = transitions[position + 1];
    const durationMs = next === undefined ? null : next.at.getTime() - at.getTime();
    return { phase: to, since: at, durationMs, reason };
  });
}

function describeEnd(end: Plan["source"] | undefined): string {
  return end === undefined ? "unknown" : `${end.connection} ${end.version}`;
}
