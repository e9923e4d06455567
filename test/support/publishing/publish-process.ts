/**
 * A process that takes a migration, records transitions and publishes each, as `apply` does; started by `publisher-processes.ts`, and made
 * to be killed. It is bundled, so that it starts in a fraction of the time.
 */
import { MongoClient } from "mongodb";
import { LeaseLostError } from "../../../src/base/errors.ts";
import { describeProcess } from "../../../src/base/process-identity.ts";
import { createGitPublisher } from "../../../src/git/git-publisher.ts";
import { openClone } from "../../../src/git/open-clone.ts";
import { createGitHubPublisher } from "../../../src/github/github-publisher.ts";
import { openStore } from "../../../src/mongo/store/open-store.ts";
import type { StatePublisher, TransitionRequest } from "../../../src/ports.ts";
import { publishState } from "../../../src/publish-state.ts";
import type { PublishArguments } from "./publisher-processes.ts";

const PHASES = ["Prechecking", "Copying", "CatchingUp", "Streaming", "Verifying"] as const;

const job = JSON.parse(process.argv[2] ?? "") as PublishArguments;
const { specFile, stateBranch, storeUri, migration, github, upTo, canOvertake } = job;
if (github !== null) hurryOctokit();
const holder = {
  identity: describeProcess(process.pid),
  isProcessAlive: (pid: number) => !canOvertake && isAlive(pid),
};
const client = await MongoClient.connect(storeUri);
const store = openStore(client, "mongoferry", holder);
const publisher = await openPublisher();
const specCommit = await publisher.specCommit();
try {
  // Two who take it from each other for ever would both come to nothing.
  for (let times = 0; times < 3 && !(await publishAll()); times++) say({ isOvertaken: true });
} finally {
  await client.close();
}

/** False where somebody else has taken the migration over. */
async function publishAll(): Promise<boolean> {
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
        // What is not published now is so with the next transition, and in the end by whoever comes next.
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

async function openPublisher(): Promise<StatePublisher> {
  const git = {
    specFile,
    stateBranch,
    fallbackBranch: null,
    env: process.env,
    holder,
    redact: same,
  };
  if (github === null) return createGitPublisher(git);
  const clone = await openClone(git);
  const stop = new AbortController().signal;
  const logger = { debug: say, info: say, warn: say, error: say };
  const options = { ...github, botLogin: "bot", logger, stop, secondMs: 1 };
  const isOwnBranch = stateBranch !== null;
  return createGitHubPublisher({ github: options, clone, isOwnBranch, redact: same });
}

/** Octokit keeps a second between two writes, whatever it is told. */
function hurryOctokit(): void {
  const { setTimeout: plain } = globalThis;
  const hurried = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout =>
    plain(run, ms <= 8_000 ? ms / 20 : ms, ...args);
  globalThis.setTimeout = Object.assign(hurried, plain) as typeof plain;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function same(text: string): string {
  return text;
}
