/**
 * A process that takes a migration, records transitions and publishes each, as `apply` does; started by `publisher-processes.ts`, and made
 * to be killed. Runs what is built, which starts in half the time.
 */
import { MongoClient } from "mongodb";
import { LeaseLostError } from "../../../dist/base/errors.js";
import { describeProcess } from "../../../dist/base/process-identity.js";
import { createGitPublisher } from "../../../dist/git/git-publisher.js";
import { openClone } from "../../../dist/git/open-clone.js";
import { createGitHubPublisher } from "../../../dist/github/github-publisher.js";
import { openStore } from "../../../dist/mongo/store/open-store.js";
import { publishState } from "../../../dist/publish-state.js";

const PHASES = ["Prechecking", "Copying", "CatchingUp", "Streaming", "Verifying"];

const { specFile, stateBranch, storeUri, migration, github, upTo, canOvertake } = JSON.parse(
  process.argv[2],
);
if (github !== null) hurryOctokit();
const holder = {
  identity: describeProcess(process.pid),
  isProcessAlive: (pid) => !canOvertake && isAlive(pid),
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
async function publishAll() {
  const lease = await store.acquireLease(migration);
  try {
    for (;;) {
      const run = await store.readRun(migration);
      const seq = run?.seq ?? 0;
      if (seq > 0 && run.publishedSeq < seq) {
        const condition = await publishState({ store, lease, publisher, specCommit });
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

function transitionOf(seq) {
  return {
    to: PHASES[seq % PHASES.length],
    reason: `step ${seq + 1}`,
    planDigest: null,
    specHash: "abc",
    conditions: [{ type: "Prechecked", status: "true", message: "fine" }],
  };
}

async function openPublisher() {
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
function hurryOctokit() {
  const { setTimeout: plain } = globalThis;
  globalThis.setTimeout = (run, ms, ...args) => plain(run, ms <= 8_000 ? ms / 20 : ms, ...args);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function same(text) {
  return text;
}
