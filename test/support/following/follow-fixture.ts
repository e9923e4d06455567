/** A migration that follows a random workload, whose process is ended again and again. */
import { MongoClient, MongoServerError } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { type BorrowedSet, borrowSet } from "../borrow-set.ts";
import { type CliFixture, type CliRun, openCliFixture } from "../cli-fixture.ts";
import { compareFollowed } from "./compare-followed.ts";
import { startWorkload, type Workload, type WorkloadOptions } from "./workload.ts";

/** How long the destination may take to be equal once nothing writes any more. */
const EQUAL_WITHIN_MS = 90_000;

/** Characters of what the program has said last. */
const SAID_LENGTH = 4_000;

export interface FollowFixture extends AsyncDisposable {
  readonly source: BorrowedSet;
  readonly destination: BorrowedSet;
  readonly sourceClient: MongoClient;
  readonly destinationClient: MongoClient;
  readonly cli: CliFixture;
  load(options: Partial<WorkloadOptions> & Pick<WorkloadOptions, "seed">): Promise<Workload>;
  /** Starts the program, which then follows; `uris` are other ways to the same servers. */
  start(uris?: { readonly source?: string; readonly destination?: string }): CliRun;
  /** Waits until both sides are equal; else tells the differences, and what the program has said. */
  waitUntilEqual(run: CliRun): Promise<readonly string[]>;
}

export interface FollowFixtureOptions {
  /** Left out: a borrowed one. */
  readonly source?: BorrowedSet;
  /** Left out: a borrowed one. */
  readonly destination?: BorrowedSet;
  readonly spec?: readonly string[];
}

export async function openFollowFixture(
  options: FollowFixtureOptions = {},
): Promise<FollowFixture> {
  const [source, destination] = await Promise.all([
    options.source ?? borrowSet("source"),
    options.destination ?? borrowSet("destination"),
  ]);
  const [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  const cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await cli.writeSpec("follow", [
    "mode: full-and-incremental",
    'objects: [{database: shop, as: store, exclude: ["tmp_*"]}, {database: crm}]',
    ...(options.spec ?? []),
  ]);
  const runs = new Map<CliRun, () => string>();
  return {
    source,
    destination,
    sourceClient,
    destinationClient,
    cli,
    load: async (workload) =>
      startWorkload({ uri: source.uri, writers: 4, schemaPauseMs: 300, ...workload }),
    start: (uris = {}) => {
      const run = cli.start(["apply"], {
        ...(uris.source === undefined ? {} : { SOURCE_URI: uris.source }),
        ...(uris.destination === undefined ? {} : { DESTINATION_URI: uris.destination }),
      });
      let said = "";
      run.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
      runs.set(run, () => said);
      return run;
    },
    async waitUntilEqual(run) {
      const deadline = performance.now() + EQUAL_WITHIN_MS;
      for (;;) {
        await sleep(1_000);
        const differences = await compareFollowed(
          sourceClient,
          destinationClient,
          { shop: "store", crm: "crm" },
          (db, coll) => db === "crm" || !coll.startsWith("tmp_"),
        ).catch(whatWasDropped);
        if (differences.length === 0) return [];
        const hasEnded = run.exitCode !== null || run.signalCode !== null;
        if (hasEnded || performance.now() > deadline) {
          const said = (runs.get(run)?.() ?? "").slice(-SAID_LENGTH);
          return [...differences, `${hasEnded ? "ended by itself" : "goes on"}: ${said}`];
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const run of runs.keys()) run.kill("SIGKILL");
      await Promise.all(runs.keys());
      await cli[Symbol.asyncDispose]();
      await Promise.all([sourceClient.close(), destinationClient.close()]);
    },
  };
}

/** NamespaceNotFound and QueryPlanKilled. */
const DROPPED: ReadonlySet<unknown> = new Set([26, 175]);

/** A collection that the program drops while it is read. */
function whatWasDropped(error: unknown): readonly string[] {
  if (error instanceof MongoServerError && DROPPED.has(error.code)) return [error.message];
  throw error;
}

export interface KillPlan {
  readonly seed: number;
  readonly kills: number;
}

/** How a process ended that nobody has killed; null: it was killed. */
type OwnEnd = string | null;

/**
 * Kills the program while it works: every third time when it is about to store a checkpoint, every third right behind one, else at
 * any time. Every twelfth time the migration begins anew.
 */
export async function killAgainAndAgain(
  fixture: FollowFixture,
  { seed, kills }: KillPlan,
): Promise<readonly string[]> {
  const { destinationClient } = fixture;
  await (async () => {
    const filling = await fixture.load({ seed: seed + 500, schemaPauseMs: null });
    await sleep(1_500);
    await filling.stop();
  })();
  const load = await fixture.load({ seed });
  const ends: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    if (kill % 12 === 6) await forget(fixture);
    const run = fixture.start();
    const end = await killAt(run, kill % 3, destinationClient);
    if (end !== null) ends.push(`start ${kill}: ${end}`);
  }
  await load.stop();
  const run = fixture.start();
  const differences = await fixture.waitUntilEqual(run);
  run.kill("SIGTERM");
  await run;
  return [...ends, ...differences];
}

async function killAt(run: CliRun, moment: number, client: MongoClient): Promise<OwnEnd> {
  const isOver = run.then(
    () => true,
    () => true,
  );
  if (moment === 0) await Promise.race([sleep(500 + Math.random() * 2_500), isOver]);
  else if (moment === 1) await Promise.race([checkpointIsStored(client), isOver]);
  else await Promise.race([checkpointIsBegun(client), isOver]);
  run.kill("SIGKILL");
  const { signal, exitCode, stderr } = await run;
  // Looked at in the moment in which a database is dropped, the source lacks what the spec names.
  const isNotBegun = String(stderr).includes("crm matches nothing");
  if (signal === "SIGKILL" || isNotBegun) return null;
  return `exit code ${exitCode}: ${String(stderr).slice(-2_000)}`;
}

/** Waits for the second checkpoint from now on, or some seconds. */
async function checkpointIsStored(client: MongoClient): Promise<void> {
  const checkpoints = client.db("mongoferry").collection("checkpoints");
  const seen = new Set<string>();
  for (const deadline = performance.now() + 6_000; performance.now() < deadline; await sleep(5)) {
    const found = await checkpoints.findOne();
    seen.add(String(found?.["resumeToken"]));
    if (seen.size > 2) return;
  }
}

/** Has the server hold back the next store of a checkpoint, which it then carries out for a process that is gone. */
async function checkpointIsBegun(client: MongoClient): Promise<void> {
  const admin = client.db("admin");
  await sleep(1_500);
  const failPoint = { configureFailPoint: "failCommand" };
  const { count } = await admin.command({
    ...failPoint,
    mode: { times: 1 },
    data: {
      failCommands: ["update"],
      namespace: "mongoferry.checkpoints",
      blockConnection: true,
      blockTimeMS: 150,
    },
  });
  await admin
    .command({
      waitForFailPoint: "failCommand",
      timesEntered: Number(count) + 1,
      maxTimeMS: 5_000,
    })
    .catch(() => {});
  await admin.command({ ...failPoint, mode: "off" });
}

async function forget({ destinationClient }: FollowFixture): Promise<void> {
  for (const name of ["mongoferry", "store", "crm"]) {
    await destinationClient.db(name).dropDatabase();
  }
}
