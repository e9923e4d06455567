import { closest } from "fastest-levenshtein";
import { UserError } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { Migration } from "../model/migration.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import type { CommandContext } from "./command-context.ts";

/** The migration that a command is about. Nothing is done while any spec beside it has a problem. */
export async function selectMigration(
  context: Pick<CommandContext, "specPaths" | "cwd" | "migrationName">,
): Promise<Migration> {
  const { migrations, problems } = await loadSpecs(context.specPaths, { cwd: context.cwd });
  const [problem] = problems;
  if (problem !== undefined) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
    throw new UserError({
      code: "invalid-spec",
      place: safeText(`${problem.file}:${problem.line}:${problem.column}`),
      problem: `${problem.message.replace(/\.$/u, "")}${more}`,
      remedy: `${problem.remedy} See all with \`mongoferry validate\``,
    });
  }
  return context.migrationName === null
    ? onlyMigration(migrations)
    : namedMigration(migrations, context.migrationName);
}

function onlyMigration(migrations: readonly Migration[]): Migration {
  const [first, ...others] = migrations;
  if (first !== undefined && others.length === 0) return first;
  const names = migrations.map((migration) => migration.name).join(", ");
  throw new UserError({
    code: "which-migration",
    place: "argument",
    problem: first === undefined ? "there is no migration" : "there are several migrations",
    remedy: first === undefined ? "Write a spec of kind Migration" : `Name one of ${names}`,
  });
}

function namedMigration(migrations: readonly Migration[], name: string): Migration {
  const found = migrations.find((migration) => migration.name === name);
  if (found !== undefined) return found;
  const names = migrations.map((migration) => migration.name);
  throw new UserError({
    code: "unknown-migration",
    place: "argument",
    problem: `there is no migration ${safeText(name)}`,
    remedy:
      names.length === 0
        ? "Write a spec of kind Migration"
        : `Did you mean ${closest(name, names)}? There are: ${names.join(", ")}`,
  });
}
