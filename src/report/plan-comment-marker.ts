/** The hidden lines at the beginning of a comment, by which it is found again and an approval is known. */

export interface Approval {
  /** Digest of the plan that was shown, SHA-256 in hex. */
  readonly digest: string;
  /** Hash of the spec that it was made from, in hex. */
  readonly spec: string;
  /** Commit that was looked at. */
  readonly head: string;
}

/** What the comment of a migration begins with. */
export function planMarker(migration: string): string {
  return `<!-- mongoferry:plan:v1 migration=${migration} -->`;
}

export function approvalLine({ digest, spec, head }: Approval): string {
  return `<!-- mongoferry:approval:v1 digest=${digest} spec=${spec} head=${head} -->`;
}

/** The second line of a comment that could not show a plan before the merge: what is merged is planned as it is then. */
export const PLANNED_LATER = "<!-- mongoferry:planned-later:v1 -->";

export function isPlannedLater(body: string): boolean {
  return body.split("\n")[1] === PLANNED_LATER;
}

/** The second line of a comment that had to show a plan and could not, as where an end was out of reach: merging it approves nothing. */
export const NOT_PLANNED = "<!-- mongoferry:not-planned:v1 -->";

export function isNotPlanned(body: string): boolean {
  return body.split("\n")[1] === NOT_PLANNED;
}

/** What was approved by merging; null where the comment shows no plan. Only the second line counts. */
export function readApproval(body: string): Approval | null {
  const found = APPROVAL.exec(body.split("\n")[1] ?? "");
  const { digest, spec, head } = found?.groups ?? {};
  if (digest === undefined || spec === undefined || head === undefined) return null;
  return { digest, spec, head };
}

const APPROVAL =
  /^<!-- mongoferry:approval:v1 digest=(?<digest>[0-9a-f]{64}) spec=(?<spec>[0-9a-f]{64}) head=(?<head>[0-9a-f]{40,64}) -->$/u;
