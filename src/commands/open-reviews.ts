import { openCodeHost, openSpecHistory } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { MergedReviews } from "./merged-review.ts";

/** Null where no host is known, or no branch that pull requests are merged into. */
export async function openReviews(context: CommandContext): Promise<MergedReviews | null> {
  const host = openCodeHost(context);
  const history = host === null ? null : await openSpecHistory(context);
  if (host === null || history === null) return null;
  const { env, specPaths, logger } = context;
  const checkedOut = env.GITHUB_REF_TYPE === "branch" ? env.GITHUB_REF_NAME : undefined;
  const branch = checkedOut ?? (await history.branch());
  return branch === null ? null : new MergedReviews({ host, history, branch, specPaths, logger });
}
