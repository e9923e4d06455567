/** The demo in one function, read from top to bottom; each step says what it does before it does it. */
import { formatCount } from "../../src/base/format-quantity.ts";
import type { Phase } from "../../src/model/run.ts";
import { type Application, startApplication } from "./application.ts";
import { type DemoHost, openDemoHost } from "./demo-host.ts";
import { createDemoRepository, type DemoRepository } from "./demo-repository.ts";
import {
  CONNECTIONS,
  CONNECTIONS_FILE,
  demoSpec,
  type DemoSettings,
  MIGRATION,
  NEW_URI,
  OLD_URI,
  SOURCE_DATABASE,
  SPEC_FILE,
} from "./demo-spec.ts";
import { hasBeen, hasSaid, waitForFact } from "./facts.ts";
import { keepUp } from "./keep-up.ts";
import { loadWorld } from "./load-world.ts";
import { openStage, type Stage } from "./open-stage.ts";
import { createCliRunner, DemoFailure, type RunningCli } from "./run-cli.ts";
import type { Tell } from "./tell.ts";
import { verifySides } from "./verify-sides.ts";
import { readWorldData } from "./world-data.ts";

export interface Story {
  readonly tell: Tell;
  readonly env: NodeJS.ProcessEnv;
  /** Whether everything stays up at the end until `stop`. */
  readonly isKept: boolean;
  readonly stop: AbortSignal;
}

/** Slow enough for a change in the middle: the copy takes longer than the next pull request, also on a busy machine. */
const SLOW = "documentsPerSecond: 1000";
const FAST = "workers: 4";

/** @throws DemoFailure where a step fails or the copy isn't what it should be. */
export async function tellStory(story: Story): Promise<void> {
  const { tell } = story;
  const startedAt = performance.now();
  tell.title("mongoferry: a database in use moves to another deployment, by pull requests");
  tell.say(
    "Real servers, real data, a git repository with a remote, the real command line; a stand-in for GitHub that takes what its published description takes.",
  );
  await moveDatabase(story, startedAt);
  if (story.isKept) return;
  tell.say("All of it is gone again. `npm run demo -- --keep` leaves it running, to look around.");
}

async function moveDatabase({ tell, env, isKept, stop }: Story, startedAt: number): Promise<void> {
  tell.step("Start two MongoDB replica sets, on this machine only");
  await using stage = await openStage(stop);
  stop.throwIfAborted();
  tell.done(`MongoDB ${stage.oldSet.version} twice: old and new`, startedAt);
  await using application = await fillSource(stage, tell, stop);
  const repository = await commitConnections(stage, env, tell);
  const cli = createCliRunner(repository.folder, repository.env, tell, stop);
  await using host = await openDemoHost(repository, stage.folder, cli);
  const actors: Actors = { host, tell, stop };

  const first = await propose("Move the world", { desiredState: "running", limits: SLOW }, actors);
  tell.step("Merge it: that is the approval, and a workflow begins to copy");
  await host.merge(first);
  await using work = await host.startOnMain();
  const atWork: AtWork = { ...actors, repository, work };
  await comesTo("Copying", [first], atWork);

  const faster = await propose("Faster", { desiredState: "running", limits: FAST }, actors);
  tell.step("Merge it while the copy runs: nothing is restarted");
  await host.merge(faster);
  await isSaid("the change is obeyed", [faster], atWork);
  await comesTo("Streaming", [first, faster], atWork);
  tell.step("What would moving the application do?");
  const forecast = ["cutover", MIGRATION, "--dry-run"];
  // Where the machine is busy, the destination may be delayed at first.
  const canBegin = { what: "a cutover can begin", look: async () => cli.show(forecast) };
  await waitForFact(canBegin, work.ended, stop);

  const last = await propose(
    "Move the application",
    { desiredState: "cutover", limits: FAST },
    actors,
  );
  tell.step("Stop the application, and merge it");
  await application.stop();
  tell.say(`It has written ${formatCount(application.count())} times meanwhile.`);
  await host.merge(last);
  await comesTo("Completed", [last], atWork);
  await work.ended;

  await verifySides(stage, tell, stop);
  showComment(first, host, tell);
  await showState(repository, tell);
  tell.line("");
  tell.done("Moved, compared and recorded", startedAt);
  if (isKept) await keepUp(stage, repository, tell, stop);
}

interface Actors {
  readonly host: DemoHost;
  readonly tell: Tell;
  readonly stop: AbortSignal;
}

interface AtWork extends Actors {
  readonly repository: DemoRepository;
  readonly work: RunningCli;
}

async function fillSource(stage: Stage, tell: Tell, stop: AbortSignal): Promise<Application> {
  tell.step(`Fill the old one: database ${SOURCE_DATABASE}`);
  const startedAt = performance.now();
  const data = await readWorldData();
  const db = stage.oldClient.db(SOURCE_DATABASE);
  const counts = await loadWorld(db, data, stop);
  const listed = Object.entries(counts).map(([name, count]) => `${formatCount(count)} ${name}`);
  tell.say(`${listed.join(", ")}; with indexes, a validator, a collation and a view.`);
  tell.done("Places © GeoNames (CC BY 4.0), countries: mledoze/countries (ODbL)", startedAt);
  tell.say("From now on an application writes to it, up to 150 times a second.");
  return startApplication(
    db,
    data.cities.map((city) => Number(city["cityId"])),
  );
}

async function commitConnections(
  stage: Stage,
  env: NodeJS.ProcessEnv,
  tell: Tell,
): Promise<DemoRepository> {
  tell.step("Name both ends in git; the connection strings stay in the environment");
  const startedAt = performance.now();
  const uris = { [OLD_URI]: stage.oldSet.uri, [NEW_URI]: stage.newSet.uri };
  const files = { [CONNECTIONS_FILE]: CONNECTIONS };
  const repository = await createDemoRepository(stage.folder, files, "Name both ends", {
    ...env,
    ...uris,
  });
  tell.done(`Pushed ${CONNECTIONS_FILE} to main`, startedAt);
  return repository;
}

/** Opens a pull request and has it reviewed; returns its number. */
async function propose(
  title: string,
  settings: DemoSettings,
  { host, tell }: Actors,
): Promise<number> {
  tell.step(`Open a pull request: ${title}`);
  const spec = demoSpec(settings);
  const branch = title.toLowerCase().replaceAll(" ", "-");
  const number = await host.propose(branch, title, { [SPEC_FILE]: spec });
  showSpec(spec, number === 1, tell);
  await host.review(number);
  const [heading = ""] = /^## .*$/mu.exec(host.commentOn(number)) ?? [];
  tell.say(`The comment under pull request ${number} begins with: ${heading.slice(3)}`);
  return number;
}

/** The whole of it once, then what a pull request changes. */
function showSpec(spec: string, isWhole: boolean, tell: Tell): void {
  tell.line(tell.paint("dim", `── ${SPEC_FILE}`));
  const lines = spec.trimEnd().split("\n");
  const shown = isWhole
    ? lines
    : lines.filter((line) => /^ {2}(?:desiredState|limits):/u.test(line));
  for (const line of shown) tell.line(`${tell.paint("dim", "│")} ${line}`);
}

/** Waits until the migration has come to a phase, and shows what was said of it. */
async function comesTo(phase: Phase, numbers: readonly number[], atWork: AtWork): Promise<void> {
  const { repository, work, stop } = atWork;
  await waitForFact(hasBeen(phase, repository.listPushed), work.ended, stop);
  await isSaid(phase, numbers, atWork);
}

/** Shows what a comment under one of the pull requests says, once it has said so. */
async function isSaid(
  what: string,
  numbers: readonly number[],
  { host, tell, work, stop }: AtWork,
): Promise<void> {
  tell.say(await waitForFact(hasSaid(what, numbers, host.textsUnder), work.ended, stop));
}

function showComment(number: number, host: DemoHost, tell: Tell): void {
  tell.step(`The comment under pull request ${number}, which its reviewers have read`);
  for (const line of host.commentOn(number).split("\n")) {
    if (!line.startsWith("<!--")) tell.line(`${tell.paint("dim", "│")} ${line}`.trimEnd());
  }
}

async function showState({ remote, git, listPushed }: DemoRepository, tell: Tell): Promise<void> {
  tell.step("And the remote repository knows what happened");
  tell.command("git log --oneline --graph");
  const log = await git("--git-dir", remote, "log", "--oneline", "--graph", "main");
  for (const line of log.split("\n")) tell.line(line);
  tell.command("git ls-tree -r --name-only main state/");
  const files = await listPushed("state/");
  if (files.length === 0) throw new DemoFailure("no state was pushed to the remote");
  for (const file of files) tell.line(file);
}
