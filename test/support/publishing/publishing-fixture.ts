/** A metadata database, and a remote that processes publish to. */
import { MongoClient } from "mongodb";
import { borrowSet } from "../borrow-set.ts";
import { describeProcess } from "../../../src/base/process-identity.ts";
import { openStore } from "../../../src/mongo/store/open-store.ts";
import type { MigrationStore } from "../../../src/ports.ts";
import { createGitSandbox, type GitSandbox } from "../../integration/git/git-sandbox.ts";
import {
  bundlePublisher,
  findPublishingFaults,
  type PublishJob,
  renderStored,
  startPublishing,
} from "./publisher-processes.ts";

export interface PublishingFixture extends AsyncDisposable {
  readonly storeUri: string;
  readonly store: MigrationStore;
  /** With `hub.git`, as new for each test. */
  readonly box: GitSandbox;
  /** Forgets all migrations, and begins with another remote. */
  renew(): Promise<void>;
  /** What is wrong with a branch, where these migrations have published all there is. */
  faultsOf(
    branch: string,
    migrations: readonly string[],
    repository?: string,
  ): Promise<readonly string[]>;
  countCommits(branch: string, repository?: string): Promise<number>;
  startPublishing(
    job: PublishJob,
    env?: Readonly<Record<string, string>>,
  ): ReturnType<typeof startPublishing>;
}

export async function openPublishingFixture(): Promise<PublishingFixture> {
  const [set, program] = await Promise.all([borrowSet("destination"), bundlePublisher()]);
  const client = await MongoClient.connect(set.uri);
  const holder = { identity: describeProcess(process.pid), isProcessAlive: () => true };
  const store = openStore(client, "mongoferry", holder);
  let box: GitSandbox | null = null;
  let specCommit = "";
  const current = (): GitSandbox => {
    if (box === null) throw new Error("renew() comes first");
    return box;
  };
  return {
    storeUri: set.uri,
    store,
    get box() {
      return current();
    },
    async renew() {
      await box?.[Symbol.asyncDispose]();
      await client.db("mongoferry").dropDatabase();
      box = await createGitSandbox();
      await box.createRemote("hub.git");
      specCommit = await box.git("hub.git", "rev-parse", "main");
    },
    async faultsOf(branch, migrations, repository = "hub.git") {
      const expected = migrations.map(async (name) => renderStored(store, name, specCommit));
      const files = (await Promise.all(expected)).flat();
      const faults = await findPublishingFaults(current(), repository, branch, files);
      const runs = await Promise.all(migrations.map(async (name) => store.readRun(name)));
      const unmarked = runs.filter((run) => run?.publishedSeq !== run?.seq);
      return [...faults, ...unmarked.map((run) => `${run?.migration} is not marked as published`)];
    },
    countCommits: async (branch, repository = "hub.git") =>
      Number(
        await current()
          .git(repository, "rev-list", "--count", branch)
          .catch(() => "0"),
      ),
    startPublishing: (job, env) => startPublishing(program, current(), job, env),
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await box?.[Symbol.asyncDispose]();
      await client.close();
    },
  };
}
