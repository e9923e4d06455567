/** What a review comes to, and what to do next. Texts are unescaped, but for the code in `describeNext`. */
import { formatCounted } from "../base/format-quantity.ts";
import { isBlocked } from "../model/finding.ts";
import type { DesiredState } from "../model/migration.ts";
import type { Review } from "../model/review.ts";
import { judgePlan } from "./plan-summary.ts";
import { judgePrecheck } from "./precheck-summary.ts";

export interface ReviewVerdict {
  readonly kind: "good" | "notice" | "bad";
  /** For the heading and the commit's status. */
  readonly text: string;
}

export function judgeReview({ finding, desiredState }: Review): ReviewVerdict {
  switch (finding.kind) {
    case "deleted":
      return { kind: "notice", text: "the spec is deleted: work stops, nothing is dropped" };
    case "untrusted": {
      const { length } = finding.connections;
      const verb = length === 1 ? "is" : "are";
      const count = formatCounted(length, "connection");
      const text = `valid; not planned: ${count} ${verb} not as on the base branch`;
      return { kind: "notice", text };
    }
    case "failed":
      return { kind: "bad", text: "could not be looked at" };
    case "settings-only":
      return { kind: "good", text: SETTINGS_VERDICTS[desiredState ?? "running"] };
    case "planned": {
      const { plan, findings } = finding;
      if (plan === null) return { kind: "bad", text: "an end cannot be reached" };
      const { kind, text } = judgePlan(plan);
      if (kind === "refused") return { kind: "bad", text };
      if (isBlocked(findings)) return { kind: "bad", text: judgePrecheck(findings) };
      const isNotable =
        kind === "destructive" || findings.some(({ result }) => result === "warning");
      return { kind: isNotable ? "notice" : "good", text };
    }
  }
}

const SETTINGS_VERDICTS: Readonly<Record<DesiredState, string>> = {
  running: "settings change, the work goes on",
  paused: "will be paused",
  stopped: "will be stopped for good",
  cutover: "will be cut over",
};

/** What those who merge have to know where work that has begun is to end or to move on; null: nothing. Unescaped. */
export function warnOfStopping({ finding, desiredState, standing }: Review): string | null {
  if (finding.kind === "deleted") {
    return "A run that is under way ends where it is by then: the destination may be incomplete, and nothing goes on from there.";
  }
  if (standing === null) return null;
  const { phase, lacks } = standing;
  switch (desiredState) {
    case "stopped":
      return `Ends the run for good while it is ${phase}. As of now: ${lacks}.`;
    case "paused":
      return `Leaves the run while it is ${phase}. As of now: ${lacks}.`;
    case "cutover":
      return `Moves the workload, from ${phase} on. What is written to the source after that does not arrive at the destination.`;
    default:
      return null;
  }
}

/** Exactly one sentence, or two; markdown. */
export function describeNext(review: Review): string {
  const { finding, desiredState } = review;
  switch (finding.kind) {
    case "deleted":
      return "merge to stop the work; what is at the destination stays. Put the spec back to go on.";
    case "untrusted":
      return "review the connections' addresses: secrets are used with them only once they are merged. Then the migration is planned, and runs as it is planned then.";
    case "failed":
      return "put right what is said above, then push again.";
    case "planned":
      if (judgeReview(review).kind === "bad") {
        return "put right what has failed, then push again. Merged as it is, nothing starts.";
      }
      return NEXT[desiredState ?? "running"];
    case "settings-only":
      return NEXT_SETTINGS[desiredState ?? "running"];
  }
}

const NEXT: Readonly<Record<DesiredState, string>> = {
  running: "approve and merge to start. To stop later, merge a change to `desiredState: stopped`.",
  paused: "merge; nothing starts before `desiredState` is `running`.",
  stopped: "merge; nothing starts before `desiredState` is `running`.",
  cutover:
    "approve and merge to start; once changes are followed and nothing speaks against it, it is cut over without another question.",
};

const NEXT_SETTINGS: Readonly<Record<DesiredState, string>> = {
  running: "merge; it is obeyed within seconds where the migration is being worked on.",
  paused:
    "merge to pause: what is under way is finished, everything is kept, and `desiredState: running` goes on from there while the source still has the changes since.",
  stopped:
    "merge to stop for good: the run ends, and the destination stays as it is then. Another run would begin anew.",
  cutover:
    "see `mongoferry cutover --dry-run`, stop the application, then merge: it waits until the source is quiet, brings everything, restores indexes, compares both ends, and is Completed.",
};
