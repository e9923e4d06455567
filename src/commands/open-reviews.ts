import { abortLater } from "../base/abort-later.ts";
import { branchOf } from "../model/ci-job.ts";
import type { Connection } from "../model/migration.ts";
import { openCodeHost, openSpecHistory } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { MergedReviews } from "./merged-review.ts";

/** What became of a migration when the deadline came is still told: no later slice tells it. */
const TELL_WITHIN_MS = 10_000;

/** Null where no host is known, or no branch that pull requests are merged into. */
export async function openReviews(
  context: CommandContext,
  connections: readonly Connection[],
): Promise<MergedReviews | null> {
  const stop = abortLater(context.stop, TELL_WITHIN_MS);
  const host = await openCodeHost({ ...context, stop });
  const history = host === null ? null : await openSpecHistory(context, connections);
  if (host === null || history === null) return null;
  const { env, specPaths, logger } = context;
  const branch = branchOf(env) ?? (await history.branch());
  return branch === null ? null : new MergedReviews({ host, history, branch, specPaths, logger });
}
