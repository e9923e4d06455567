import type { SpecProblem } from "../../model/problem.ts";
import { compileGlob, exactName } from "../../model/glob.ts";
import { quoteText } from "../printable-text.ts";
import { readSelections, type SelectionDraft } from "../selection-draft.ts";
import { formatPlace, problemAtValue, textAt } from "../spec-document.ts";
import type { SpecPath } from "../spec-path.ts";
import { deploymentKey, type SpecSet } from "../spec-set.ts";

/**
 * Two selections must not write one namespace. Reported only where it is certain from the specs alone:
 * - two exact names with the same target;
 * - from the same source database to the same target database: an exact name that the other's pattern takes too, or
 *   equal patterns (or one that takes all) with equal exclusions.
 *
 * Left to the precheck: patterns that meet in names only the source knows, and deployments that only turn out to be one.
 * A migration that is `stopped` is final and writes nothing. Within one selection, an exact entry overrides a
 * pattern, and within one migration an exact database, as intended there.
 */
export function findTargetOverlaps(specs: SpecSet): SpecProblem[] {
  const budget = { steps: STEPS_MAX };
  const groups = new Map<string, SelectionClaim[]>();
  for (const claim of readClaims(specs, budget)) {
    const group = groups.get(claim.deployment) ?? [];
    group.push(claim);
    groups.set(claim.deployment, group);
  }
  return [...groups.values()].flatMap((claims) => [
    ...findEqualTargets(claims),
    ...findPatternOverlaps(claims, budget),
  ]);
}

/** Comparisons that are still to be made; when none is left, the rest is the precheck's too. */
interface Budget {
  steps: number;
}

/** A fraction of a second. Real specs stay far below; a hostile one must not hold up its pull request. */
const STEPS_MAX = 2_000_000;

/** What a selection is going to write, entry by entry. */
interface SelectionClaim {
  readonly selection: SelectionDraft;
  readonly deployment: string;
  readonly source: string;
  readonly sourceDatabase: string | null;
  /** Databases that the same migration names exactly: its patterns leave them out. */
  readonly named: ReadonlySet<string | null>;
  /** Null where the database is a pattern. */
  readonly targetDatabase: string | null;
  readonly entries: readonly EntryClaim[];
}

interface EntryClaim {
  readonly path: SpecPath;
  readonly pattern: string;
  /** Null for a pattern. */
  readonly sourceName: string | null;
  readonly targetName: string | null;
  /** Whether the entry, a pattern, takes a collection: not where an exact entry beside it does. */
  readonly takes: (name: string) => boolean;
}

function readClaims(specs: SpecSet, budget: Budget): SelectionClaim[] {
  return specs.migrations.flatMap((document) => {
    const source = textAt(document, ["spec", "source", "connection"]);
    const destination = textAt(document, ["spec", "destination", "connection"]);
    const isStopped = textAt(document, ["spec", "desiredState"]) === "stopped";
    if (isStopped) return [];
    // An end that is not named yet is taken for one of its own, so that the migration is still checked in itself.
    const unknown = `unknown end of ${formatPlace(document)}`;
    const ends = {
      source: source === null ? unknown : deploymentKey(specs, source),
      deployment: destination === null ? unknown : deploymentKey(specs, destination),
    };
    const selections = readSelections(document);
    const named = new Set(selections.map(({ database }) => exactName(database)));
    return selections.map((selection) => {
      const sourceDatabase = exactName(selection.database);
      const targetDatabase = sourceDatabase === null ? null : (selection.as ?? sourceDatabase);
      return {
        ...ends,
        selection,
        sourceDatabase,
        named,
        targetDatabase,
        entries: readEntries(selection, budget),
      };
    });
  });
}

function readEntries(selection: SelectionDraft, budget: Budget): EntryClaim[] {
  const { path, collections, exclude } = selection;
  budget.steps -= (collections?.length ?? 1) * exclude.length;
  if (budget.steps < 0) return [];
  const excluders = exclude.map((pattern) => compileGlob(pattern));
  const isExcluded = (name: string): boolean => excluders.some((excludes) => excludes(name));
  const exactNames = new Set((collections ?? []).map(({ name }) => exactName(name)));
  const all = [{ path, namePath: [...path, "database"], name: "*", as: null }];
  return (collections ?? all).flatMap(({ path: entryPath, namePath, name, as }) => {
    const sourceName = exactName(name);
    if (sourceName !== null && isExcluded(sourceName)) return [];
    const matches = compileGlob(name);
    return {
      path: as === null ? namePath : [...entryPath, "as"],
      pattern: name,
      sourceName,
      targetName: sourceName === null ? null : (as ?? sourceName),
      takes: (candidate) =>
        matches(candidate) && !exactNames.has(candidate) && !isExcluded(candidate),
    };
  });
}

function findEqualTargets(claims: readonly SelectionClaim[]): SpecProblem[] {
  const firsts = new Map<string, { selection: SelectionDraft; path: SpecPath }>();
  return claims.flatMap(({ selection, targetDatabase, entries }) =>
    entries.flatMap(({ path, targetName }) => {
      if (targetDatabase === null || targetName === null) return [];
      const key = JSON.stringify([targetDatabase, targetName]);
      const first = firsts.get(key);
      if (first === undefined) {
        firsts.set(key, { selection, path });
        return [];
      }
      return describeOverlap(`${targetDatabase}.${targetName}`, selection, path, first);
    }),
  );
}

function findPatternOverlaps(claims: readonly SelectionClaim[], budget: Budget): SpecProblem[] {
  return claims.flatMap((later, at) => {
    for (let before = 0; before < at && budget.steps >= 0; before++) {
      const earlier = claims[before];
      if (earlier === undefined) continue;
      budget.steps -= 1;
      if (!isSameDatabase(earlier, later)) continue;
      budget.steps -= earlier.entries.length * later.entries.length;
      if (budget.steps < 0) return [];
      const pair = findOverlappingEntries(earlier, later);
      if (pair === null) continue;
      const target = `${later.targetDatabase ?? earlier.targetDatabase ?? later.selection.database}.${pair.shared}`;
      const first = { selection: earlier.selection, path: pair.earlier.path };
      return [describeOverlap(target, later.selection, pair.later.path, first)];
    }
    return [];
  });
}

/** Whether both read one database and write it under one name. */
function isSameDatabase(a: SelectionClaim, b: SelectionClaim): boolean {
  if (a.source !== b.source) return false;
  if (a.sourceDatabase !== null && b.sourceDatabase !== null) {
    return a.sourceDatabase === b.sourceDatabase && a.targetDatabase === b.targetDatabase;
  }
  if (a.sourceDatabase === null && b.sourceDatabase === null) {
    return a.selection.database === b.selection.database;
  }
  const [exact, pattern] = a.sourceDatabase === null ? [b, a] : [a, b];
  const name = exact.sourceDatabase ?? "";
  // Patterns never select config, nor what their migration names elsewhere.
  if (name === "config" || pattern.named.has(name) || exact.targetDatabase !== name) return false;
  return compileGlob(pattern.selection.database)(name);
}

function findOverlappingEntries(
  earlier: SelectionClaim,
  later: SelectionClaim,
): { earlier: EntryClaim; later: EntryClaim; shared: string } | null {
  const hasEqualExcludes =
    earlier.selection.exclude.toSorted().join("\0") ===
    later.selection.exclude.toSorted().join("\0");
  const bothExact = earlier.sourceDatabase !== null && later.sourceDatabase !== null;
  for (const a of earlier.entries) {
    for (const b of later.entries) {
      const shared = sharedName(a, b, hasEqualExcludes);
      // Two exact names in exact databases are found by their targets.
      const isFoundAlready = bothExact && a.sourceName !== null && b.sourceName !== null;
      if (shared !== null && !isFoundAlready) return { earlier: a, later: b, shared };
    }
  }
  return null;
}

/** The name, or pattern of names, that both entries surely write; null where that isn't certain. */
function sharedName(a: EntryClaim, b: EntryClaim, hasEqualExcludes: boolean): string | null {
  if (a.sourceName === null && b.sourceName === null) {
    if (!hasEqualExcludes) return null;
    if (a.pattern === b.pattern || a.pattern === "*") return b.pattern;
    return b.pattern === "*" ? a.pattern : null;
  }
  if (a.sourceName !== null && b.sourceName !== null) {
    return a.sourceName === b.sourceName && a.targetName === b.targetName ? a.targetName : null;
  }
  const [exact, pattern] = a.sourceName === null ? [b, a] : [a, b];
  const name = exact.sourceName ?? "";
  return exact.targetName === name && pattern.takes(name) ? name : null;
}

function describeOverlap(
  target: string,
  selection: SelectionDraft,
  path: SpecPath,
  first: { selection: SelectionDraft; path: SpecPath },
): SpecProblem {
  return problemAtValue(selection.document, path, {
    code: "namespace-written-twice",
    message: `${quoteText(target)} at the destination is written by ${formatPlace(first.selection.document, first.path)} already.`,
    remedy: "Exclude it from one of the two, or give it another name with as.",
  });
}
