import type { Finding } from "./finding.ts";
import type { DesiredState } from "./migration.ts";
import type { MigrationChange } from "./migration-change.ts";
import type { Plan } from "./plan.ts";
import type { Phase } from "./run.ts";

/** What a pull request would do to one migration: the model behind its comment, the job summary, the terminal and JSON. */
export interface Review {
  readonly migration: string;
  readonly change: MigrationChange["kind"];
  /** In words; untrusted. */
  readonly settings: readonly string[];
  /** Null for a migration that is deleted. */
  readonly desiredState: DesiredState | null;
  /** Before the pull request; null for a migration that is new. */
  readonly desiredBefore: DesiredState | null;
  readonly finding: ReviewFinding;
  /** How far the run is that is to be left, or cut over; null where none is under way, or nobody knows. */
  readonly standing: Standing | null;
  /** Commit that was looked at; null where nobody knows. */
  readonly head: string | null;
  /** Hash of the spec; null for a migration that is deleted. */
  readonly specHash: string | null;
  /** Where more of it is shown; null outside of CI. */
  readonly runUrl: string | null;
}

export interface Standing {
  readonly phase: Phase;
  /** What the destination lacks, in words; untrusted. */
  readonly lacks: string;
}

export type ReviewFinding =
  /** `plan` is null where an end cannot be reached. */
  | { readonly kind: "planned"; readonly plan: Plan | null; readonly findings: readonly Finding[] }
  /** Nothing is planned: what is done by then goes on, or ends. */
  | { readonly kind: "settings-only" }
  | { readonly kind: "deleted" }
  /** No secret may be used for these connections before they are merged. */
  | { readonly kind: "untrusted"; readonly connections: readonly string[] }
  /** It could not be looked at. */
  | { readonly kind: "failed"; readonly reason: string };
