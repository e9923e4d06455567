import type { DeploymentFacts, Facts, ServerFacts } from "../model/facts.ts";
import type { Migration } from "../model/migration.ts";
import { isKept, type SelectedObject, type SelectedObjects } from "../model/select-objects.ts";

export interface PrecheckContext {
  readonly migration: Migration;
  readonly facts: Facts;
  readonly selected: SelectedObjects;
}

/** Something a rule found wrong. */
export interface Objection {
  readonly level: "warning" | "failed";
  /** The cause, with the names concerned. */
  readonly message: string;
  readonly remedy: string;
}

/** One check of the precheck (R11). Pure; what it cannot decide it says in a warning. */
export interface Rule {
  /** Stable; users and tests quote it. */
  readonly id: string;
  /** Shown when the rule has no objection: a short fact. */
  readonly passed: string | ((context: PrecheckContext) => string);
  /** Whether the rule also decides while one end cannot be reached. */
  readonly needsServers: boolean;
  check(context: PrecheckContext): readonly Objection[];
}

export function failed(message: string, remedy: string): Objection {
  return { level: "failed", message, remedy };
}

export function warning(message: string, remedy: string): Objection {
  return { level: "warning", message, remedy };
}

/** Something that the facts leave open: a refused question, a server that says nothing of it. */
export function undecided(message: string, remedy: string): Objection {
  return warning(`could not be decided: ${message}`, remedy);
}

/** Both ends, where both are known. */
export function serversOf(
  facts: Facts,
): readonly { readonly deployment: DeploymentFacts; readonly server: ServerFacts }[] {
  return [facts.source, facts.destination].flatMap((deployment) =>
    deployment.server === null ? [] : [{ deployment, server: deployment.server }],
  );
}

/** What a run does something about: not what the spec leaves at the destination as it is, of whatever kind its source is. */
export function objectsToMake({
  selected,
}: Pick<PrecheckContext, "selected">): readonly SelectedObject[] {
  return selected.objects.filter((object) => !isKept(object));
}
