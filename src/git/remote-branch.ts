import { randomUUID } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { classifyGitFailure } from "./git-trouble.ts";
import { mustRunGit, type RunGit } from "./run-git.ts";

const SCRATCH = "refs/mongoferry";
/** Longer than any publication takes. */
const LEFTOVER_AFTER_MS = 3_600_000;

/**
 * Fetches a branch of a remote and hands its tip (null: the remote has no such branch) to `work`. The tip stands under a
 * ref of its own meanwhile, so that neither FETCH_HEAD nor tracking branches are shared with others who fetch, and no gc
 * takes it away. No `--depth`: it would cut the history of a full clone, and a shallow one gets just what it lacks.
 */
export async function withRemoteTip<T>(
  run: RunGit,
  remote: string,
  ref: string,
  work: (tip: string | null) => Promise<T>,
): Promise<T> {
  await dropLeftovers(run);
  const scratchRef = `${SCRATCH}/${systemClock.now().getTime()}-${randomUUID()}`;
  const hasBranch = await fetchInto(run, remote, ref, scratchRef);
  if (!hasBranch) return work(null);
  try {
    return await work(await mustRunGit(run, ["rev-parse", "--verify", `${scratchRef}^{commit}`]));
  } finally {
    await run(["update-ref", "-d", scratchRef]);
  }
}

/** Refs of processes that were killed; what they keep from being collected grows with each. */
async function dropLeftovers(run: RunGit): Promise<void> {
  const { stdout } = await run(["for-each-ref", "--format=%(refname)", SCRATCH]);
  const before = systemClock.now().getTime() - LEFTOVER_AFTER_MS;
  for (const ref of stdout.split("\n")) {
    const madeAtMs = Number(/^refs\/mongoferry\/(\d+)-/u.exec(ref)?.[1] ?? Number.NaN);
    if (madeAtMs < before) await run(["update-ref", "-d", ref]);
  }
}

/** Pushes one commit to one branch, fast-forward only. */
export async function pushCommit(
  run: RunGit,
  remote: string,
  ref: string,
  commit: string,
): Promise<void> {
  const flags = ["--porcelain", "--no-verify", "--no-signed", "--no-follow-tags"];
  const args = ["push", ...flags, "--recurse-submodules=no", remote, `${commit}:${ref}`];
  await onceMoreIfUnreachable(() => mustRunGit(run, args));
}

async function fetchInto(
  run: RunGit,
  remote: string,
  ref: string,
  scratchRef: string,
): Promise<boolean> {
  const flags = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap="];
  const args = ["fetch", ...flags, "--progress", remote, `+${ref}:${scratchRef}`];
  try {
    await onceMoreIfUnreachable(() => mustRunGit(run, args));
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("couldn't find remote ref")) return false;
    throw error;
  }
}

async function onceMoreIfUnreachable<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (classifyGitFailure(error) !== "unreachable") throw error;
    return attempt();
  }
}
