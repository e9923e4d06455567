/** Takes a migration, records transitions and publishes each, as `apply` does. */
import { MongoClient } from "mongodb";
import { LeaseLostError } from "../../../src/base/errors.ts";
import { describeProcess, type Holder } from "../../../src/base/process-identity.ts";
import type { Environment } from "../../../src/git/git-environment.ts";
import { createGitPublisher } from "../../../src/git/git-publisher.ts";
import { openClone } from "../../../src/git/open-clone.ts";
import { createGitHubPublisher } from "../../../src/github/github-publisher.ts";
import { openStore } from "../../../src/mongo/store/open-store.ts";
import type { MigrationStore, StatePublisher, TransitionRequest } from "../../../src/ports.ts";
import { publishState } from "../../../src/publish-state.ts";

/** What is to be published, as JSON for a process of its own. */
export interface PublishArguments {
  readonly specFile: string;
  readonly stateBranch: string | null;
  readonly storeUri: string;
  readonly migration: string;
  readonly github: GitHubAccess | null;
  readonly upTo: number;
  readonly canOvertake: boolean;
}

export interface GitHubAccess {
  readonly apiUrl: string;
  readonly repository: string;
  readonly token: string;
}

interface Told {
  readonly seq?: number;
  readonly status?: string;
  readonly message?: string;
  readonly isOvertaken?: boolean;
}

const PHASES = ["Prechecking", "Copying", "CatchingUp", "Streaming", "Verifying"] as const;

/** @param say - Receives each publication. */
export async function publishAll(
  job: PublishArguments,
  env: Environment,
  say: (what: Told) => void,
): Promise<void> {
  const holder = {
    identity: describeProcess(process.pid),
    isProcessAlive: (pid: number) => !job.canOvertake && isAlive(pid),
  };
  await using client = await MongoClient.connect(job.storeUri);
  const store = openStore(client, "mongoferry", holder);
  const publisher = await openPublisher(job, env, holder);
  // Two who take it from each other for ever would both come to nothing.
  for (
    let times = 0;
    times < 3 && !(await publishUnderLease(job, store, publisher, say));
    times++
  ) {
    say({ isOvertaken: true });
  }
}

/** False where another process has taken the migration over. */
async function publishUnderLease(
  { migration, upTo }: PublishArguments,
  store: MigrationStore,
  publisher: StatePublisher,
  say: (what: Told) => void,
): Promise<boolean> {
  const specCommit = await publisher.specCommit();
  const lease = await store.acquireLease(migration);
  try {
    for (;;) {
      const run = await store.readRun(migration);
      const seq = run?.seq ?? 0;
      if (run !== null && run.publishedSeq < seq) {
        const condition = await publishState({
          store,
          lease,
          publisher,
          specCommit,
          redact: same,
        });
        say({ seq, ...condition });
        if (lease.signal.aborted) return false;
        // What is not published now is so with the next transition, and in the end by the next process.
        if (seq >= upTo) return true;
      } else if (seq >= upTo) {
        return true;
      }
      await store.recordTransition(lease, transitionOf(seq));
    }
  } catch (error) {
    if (error instanceof LeaseLostError) return false;
    throw error;
  } finally {
    await lease.release();
  }
}

function transitionOf(seq: number): TransitionRequest {
  return {
    to: PHASES[seq % PHASES.length] ?? "Pending",
    reason: `step ${seq + 1}`,
    planDigest: null,
    specHash: "abc",
    conditions: [{ type: "Prechecked", status: "true", message: "fine" }],
  };
}

async function openPublisher(
  { specFile, stateBranch, github }: PublishArguments,
  env: Environment,
  holder: Holder,
): Promise<StatePublisher> {
  const git = {
    specFile,
    stateBranch,
    fallbackBranch: null,
    env,
    holder,
    redact: same,
  };
  if (github === null) return createGitPublisher(git);
  const clone = await openClone(git);
  const stop = new AbortController().signal;
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const options = { ...github, botLogin: "bot", logger, stop, secondMs: 1 };
  const isOwnBranch = stateBranch !== null;
  return createGitHubPublisher({ github: options, clone, isOwnBranch, redact: same });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function ignore(): void {}

function same(text: string): string {
  return text;
}
