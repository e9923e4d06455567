import { readFile } from "node:fs/promises";
import { errorMessage, UserError } from "../base/errors.ts";

/** The pull request that a workflow runs for. */
export interface PullRequestEvent {
  readonly number: number;
  /** Last commit of the pull request; what is checked out is usually its merge with the base. */
  readonly headCommit: string;
  readonly baseCommit: string;
  /** Whether it comes from another repository, whose authors may not have this one's secrets. */
  readonly isFork: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Null outside of a workflow for pull requests.
 * @throws UserError where GitHub's description of the event cannot be read, or nothing may be looked at in it.
 */
export async function readPullRequestEvent(env: Env): Promise<PullRequestEvent | null> {
  const { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path } = env;
  if (name === "pull_request_target") throw unreviewed();
  if (!path || name !== "pull_request") return null;
  try {
    return parseEvent(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new UserError({
      code: "no-event",
      place: "GITHUB_EVENT_PATH",
      problem: `the event cannot be read: ${errorMessage(error)}`,
      remedy: "Run it in a workflow `on: pull_request`, or without GITHUB_EVENT_NAME elsewhere",
    });
  }
}

/** Its jobs have the secrets of the repository also for what comes from another one. */
function unreviewed(): UserError {
  return new UserError({
    code: "pull-request-target",
    place: "GITHUB_EVENT_NAME",
    problem: "workflows on pull_request_target have secrets for what nobody has reviewed",
    remedy: "Run it in a workflow `on: pull_request`",
  });
}

interface Side {
  readonly sha: string;
  readonly repo: { readonly full_name: string } | null;
}

function parseEvent(event: unknown): PullRequestEvent {
  const { pull_request: pull } = event as {
    readonly pull_request?: { readonly number: number; readonly base: Side; readonly head: Side };
  };
  if (pull === undefined) throw new Error("it has no pull_request");
  const { number, base, head } = pull;
  if (!Number.isInteger(number) || !isHash(base.sha) || !isHash(head.sha)) {
    throw new Error("its pull_request has no number, base or head");
  }
  return {
    number,
    headCommit: head.sha,
    baseCommit: base.sha,
    // The repository of a head may be gone.
    isFork: head.repo === null || head.repo.full_name !== base.repo?.full_name,
  };
}

function isHash(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{40,64}$/u.test(text);
}
