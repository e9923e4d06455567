import type { Migration } from "../model/migration.ts";
import type { SpecProblem } from "../model/problem.ts";
import { reverseObjects } from "../model/reverse-objects.ts";
import { quoteText } from "./printable-text.ts";
import { problemAtValue, type SpecDocument, textAt } from "./spec-document.ts";
import { nameOf, type SpecSet } from "./spec-set.ts";

const OF = ["spec", "reverse", "of"];

export interface TurnedAround {
  readonly migrations: readonly Migration[];
  readonly problems: readonly SpecProblem[];
}

/** Fills in what a migration that goes back has from the one that it turns around. Those of which that is not known are left out. */
export function turnAround(
  migrations: readonly Migration[],
  { migrations: documents }: Pick<SpecSet, "migrations">,
): TurnedAround {
  const problems: SpecProblem[] = [];
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const resolve = (name: string, seen: ReadonlySet<string>): Migration | null => {
    const migration = byName.get(name);
    const document = documents.find((each) => nameOf(each) === name);
    const of = document === undefined ? null : textAt(document, OF);
    if (migration === undefined || document === undefined || of === null) return migration ?? null;
    const origin = seen.has(of) ? null : resolve(of, new Set([...seen, of]));
    if (origin === null) return null;
    const turned = goingBack(migration, origin);
    if (typeof turned !== "string") return turned;
    if (seen.size === 1) problems.push(notReversible(document, of, turned));
    return null;
  };
  const resolved = migrations.flatMap(({ name }) => resolve(name, new Set([name])) ?? []);
  return { migrations: resolved, problems };
}

/** @returns Why it cannot be turned around, else the migration. */
function goingBack(migration: Migration, origin: Migration): Migration | string {
  const { metadataDatabase } = origin;
  const leftOut = metadataDatabase === migration.metadataDatabase ? null : metadataDatabase;
  const reversed = reverseObjects(origin.objects, leftOut);
  if ("problem" in reversed) return reversed.problem;
  return { ...migration, ...reversed, reverse: { of: origin.name, metadataDatabase } };
}

function notReversible(document: SpecDocument, of: string, why: string): SpecProblem {
  return problemAtValue(document, OF, {
    code: "not-reversible",
    message: `What ${quoteText(of)} moves cannot be turned around: ${quoteText(why)}.`,
    remedy: "Go back with a migration of its own, which copies what is there.",
  });
}
