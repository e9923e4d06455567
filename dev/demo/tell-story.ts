/** The demo in one function, read from top to bottom; each step says what it does before it does it. */
import {
  formatBytes,
  formatCount,
  formatDocumentRate,
  formatDuration,
} from "../../src/base/format-quantity.ts";
import type { MongoClient } from "mongodb";
import { setTimeout as delay } from "node:timers/promises";
import { compareSides } from "./compare-sides.ts";
import { createDemoRepository, type DemoRepository } from "./demo-repository.ts";
import {
  DEMO_SPEC,
  MIGRATION,
  NEW_URI,
  OLD_URI,
  RENAMED,
  SOURCE_DATABASE,
  SPEC_FILE,
  TARGET_DATABASE,
} from "./demo-spec.ts";
import { loadWorld } from "./load-world.ts";
import { openStage, type Stage } from "./open-stage.ts";
import { CLI_COMMAND, type CliRunner, createCliRunner, DemoFailure } from "./run-cli.ts";
import { showComparison, sumObjects } from "./show-comparison.ts";
import type { Tell } from "./tell.ts";
import { readWorldData } from "./world-data.ts";

/** Some 24 days; timers can't wait for longer. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export interface Story {
  readonly tell: Tell;
  readonly env: NodeJS.ProcessEnv;
  /** Whether everything stays up at the end until `stop`. */
  readonly isKept: boolean;
  readonly stop: AbortSignal;
}

/** @throws DemoFailure where a step fails or the copy isn't what it should be. */
export async function tellStory(story: Story): Promise<void> {
  const { tell } = story;
  const startedAt = performance.now();
  tell.title("mongoferry: a database moves from one MongoDB deployment to another");
  tell.say("Real servers, real data, a git repository with a remote, the real command line.");
  await moveDatabase(story, startedAt);
  if (story.isKept) return;
  tell.say("All of it is gone again. `npm run demo -- --keep` leaves it running, to look around.");
}

async function moveDatabase({ tell, env, isKept, stop }: Story, startedAt: number): Promise<void> {
  tell.step("Start two MongoDB replica sets, on this machine only");
  await using stage = await openStage(stop);
  stop.throwIfAborted();
  tell.done(`MongoDB ${stage.oldSet.version} twice: old and new`, startedAt);
  await fillSource(stage, tell, stop);
  const repository = await commitSpec(stage, env, tell);
  const cli = createCliRunner(repository.folder, repository.env, tell, stop);

  tell.step("Is the spec sound? Connects nowhere; this is what a pull request gets first");
  await cli.show(["validate"]);
  tell.step("Is anything in the way? Looks at both ends, and writes nothing");
  await cli.show(["precheck"]);
  tell.step("What would be done? This is what reviewers approve");
  await cli.show(["plan"]);
  const digest = await readDigest(cli);
  tell.step("Do just that: a plan that has changed since would be refused");
  const applyMs = await cli.show(["apply", "--plan-digest", digest]);
  tell.step("Where does it stand?");
  await cli.show(["status"]);

  const documentCount = await verify(stage, tell, stop);
  const rate = formatDocumentRate((documentCount * 1000) / applyMs);
  tell.say(
    `apply took ${formatDuration(applyMs)} for everything: precheck, copy, indexes, its own comparison and commits. ` +
      `That is ${rate} overall; \`npm run bench -- copy\` measures the copy alone.`,
  );
  await showState(repository, tell);
  tell.line("");
  tell.done("Moved, compared and recorded", startedAt);
  if (isKept) await keepUp(stage, repository, tell, stop);
}

async function fillSource(stage: Stage, tell: Tell, stop: AbortSignal): Promise<void> {
  tell.step(`Fill the old one: database ${SOURCE_DATABASE}`);
  const startedAt = performance.now();
  const data = await readWorldData();
  const counts = await loadWorld(stage.oldClient.db(SOURCE_DATABASE), data, stop);
  const listed = Object.entries(counts).map(([name, count]) => `${formatCount(count)} ${name}`);
  tell.say(`${listed.join(", ")}; with indexes, a validator, a collation and a view.`);
  tell.done("Places © GeoNames (CC BY 4.0), countries: mledoze/countries (ODbL)", startedAt);
}

async function commitSpec(
  stage: Stage,
  env: NodeJS.ProcessEnv,
  tell: Tell,
): Promise<DemoRepository> {
  tell.step("Say in git what is to be moved, and push it");
  const startedAt = performance.now();
  const uris = { [OLD_URI]: stage.oldSet.uri, [NEW_URI]: stage.newSet.uri };
  const repository = await createDemoRepository(stage.folder, SPEC_FILE, DEMO_SPEC, {
    ...env,
    ...uris,
  });
  tell.line(tell.paint("dim", `── ${SPEC_FILE}`));
  for (const line of DEMO_SPEC.trimEnd().split("\n"))
    tell.line(`${tell.paint("dim", "│")} ${line}`);
  tell.done("Committed; the connection strings stay in the environment", startedAt);
  return repository;
}

async function readDigest(cli: CliRunner): Promise<string> {
  const shown = "digest=$(mongoferry plan --output json | jq -r .plan.digest)";
  const json = await cli.capture(["plan", "--output", "json"], shown);
  const { plan } = JSON.parse(json) as { readonly plan: { readonly digest: string } | null };
  if (plan === null) throw new DemoFailure("mongoferry plan gave no digest");
  return plan.digest;
}

/** Returns the number of documents that were compared. */
async function verify(stage: Stage, tell: Tell, stop: AbortSignal): Promise<number> {
  tell.step("Trust nothing: read both sides with the plain driver and compare every byte");
  const startedAt = performance.now();
  const objects = await compareSides(
    {
      source: stage.oldClient.db(SOURCE_DATABASE),
      target: stage.newClient.db(TARGET_DATABASE),
      renamed: RENAMED,
      isExcluded: (name) => name.startsWith("tmp_"),
    },
    stop,
  );
  showComparison(objects, tell);
  const databases = await listForeignDatabases(stage.newClient);
  if (databases.length > 0) {
    throw new DemoFailure(`the destination has other databases, too: ${databases.join(", ")}`);
  }
  const differing = objects.filter(({ differences }) => differences.length > 0);
  if (objects.length === 0 || differing.length > 0) {
    throw new DemoFailure(`${differing.length} of ${objects.length} objects are not equal`);
  }
  const { documentCount, dataBytes, indexCount } = sumObjects(objects);
  const amount = `${formatCount(documentCount)} documents, ${formatBytes(dataBytes)}`;
  const indexes = `${indexCount} indexes with those on _id`;
  tell.done(`${amount}, ${indexes}: all equal, and nothing else is there`, startedAt);
  return documentCount;
}

/** Databases of the destination that nobody asked for. */
async function listForeignDatabases(client: MongoClient): Promise<readonly string[]> {
  const expected = new Set(["admin", "config", "local", "mongoferry", TARGET_DATABASE]);
  const { databases } = await client.db("admin").admin().listDatabases({ nameOnly: true });
  return databases.map(({ name }) => name).filter((name) => !expected.has(name));
}

async function showState({ remote, git }: DemoRepository, tell: Tell): Promise<void> {
  tell.step("And the remote repository knows what happened");
  tell.command("git log --oneline");
  const log = await git("--git-dir", remote, "log", "--oneline", "main");
  for (const line of log.split("\n")) tell.line(line);
  tell.command("git ls-tree -r --name-only main state/");
  const files = await git("--git-dir", remote, "ls-tree", "-r", "--name-only", "main", "state/");
  if (files === "") throw new DemoFailure("no state was pushed to the remote");
  for (const line of files.split("\n")) tell.line(line);
}

async function keepUp(
  { oldSet, newSet }: Stage,
  { folder }: DemoRepository,
  tell: Tell,
  stop: AbortSignal,
): Promise<void> {
  const comment = (text: string): void => tell.line(tell.paint("dim", `# ${text}`));
  tell.say("Everything is still running. To look around (the strings work in Compass, too):");
  tell.line("");
  comment("the old deployment, and the new one");
  tell.line(`mongosh "${withDatabase(oldSet.uri, SOURCE_DATABASE)}"`);
  tell.line(`mongosh "${withDatabase(newSet.uri, TARGET_DATABASE)}"`);
  comment(`the repository; its report is state/${MIGRATION}/report.html`);
  tell.line(`cd "${folder}"`);
  tell.line(`export ${OLD_URI}="${oldSet.uri}"`);
  tell.line(`export ${NEW_URI}="${newSet.uri}"`);
  tell.line(`${CLI_COMMAND} status`);
  tell.line("");
  tell.say("Ctrl-C ends it and removes everything.");
  await delay(LONGEST_DELAY_MS, undefined, { signal: stop }).catch(() => {});
}

function withDatabase(uri: string, database: string): string {
  return uri.replace("/?", `/${database}?`);
}
