/** What a request to merge changes, and which of its connections are those of the base branch. */
import { relative, resolve } from "node:path";
import { changeRequestOf } from "../model/ci-job.ts";
import type { MigrationChange } from "../model/migration-change.ts";
import type { SpecHistory } from "../ports.ts";
import { compareMigrations } from "../spec/compare-migrations.ts";
import { digestFiles } from "../spec/connection-files.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import type { CommandContext } from "./command-context.ts";
import type { PullRequestEvent } from "./github-event.ts";

type Surroundings = Pick<CommandContext, "cwd" | "env" | "specPaths"> & {
  readonly base: string | null;
};

export async function findChanges(
  head: LoadedSpecs,
  history: SpecHistory,
  event: PullRequestEvent | null,
  context: Surroundings,
): Promise<readonly MigrationChange[]> {
  const { tip, forkPoint } = await findBase(history, baseNames(context, event));
  const load = async (commit: string) =>
    history.withCommit(commit, async (root) => {
      const folder = resolve(root, relative(history.root, context.cwd));
      const paths = context.specPaths.map((path) =>
        relative(context.cwd, resolve(context.cwd, path)),
      );
      const { migrations, connections } = await loadSpecs(paths, { cwd: folder });
      return { migrations, connections, files: await digestFiles(connections) };
    });
  const before = await load(forkPoint);
  // What the base branch has changed since the branch was made must not come back by it.
  const trusted = tip === forkPoint ? before : await load(tip);
  return compareMigrations({
    before: before.migrations,
    after: head.migrations,
    files: await digestFiles(head.connections),
    trusted,
  });
}

/** What to compare with, the best first. A branch goes before the commit that an event names, which may be an old one. */
function baseNames(
  { base, env }: Surroundings,
  event: PullRequestEvent | null,
): readonly [string, ...string[]] {
  if (base !== null) return [base];
  const known = [
    ...(changeRequestOf(env)?.baseNames ?? []),
    ...(event === null ? [] : [event.baseCommit]),
  ];
  const [first = "origin/main", ...others] = known;
  return [first, ...others];
}

/** @throws The error of the first name, where none will do. */
async function findBase(
  history: SpecHistory,
  [first, ...others]: readonly [string, ...string[]],
): Promise<{ readonly tip: string; readonly forkPoint: string }> {
  const find = async (name: string) => ({
    forkPoint: await history.forkPoint(name),
    tip: await history.resolve(name),
  });
  try {
    return await find(first);
  } catch (error) {
    for (const name of others) {
      const found = await find(name).catch(() => null);
      if (found !== null) return found;
    }
    throw error;
  }
}
