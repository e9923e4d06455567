/** A copy between two replica sets, without specs and precheck around it. */
import { MongoClient } from "mongodb";
import { setMaxListeners } from "node:events";
import { retryOperation } from "../../src/base/retry.ts";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import { ProgressBoard } from "../../src/copy/progress-board.ts";
import type { Migration } from "../../src/model/migration.ts";
import type { Plan } from "../../src/model/plan.ts";
import { ChangeStreamFeed } from "../../src/mongo/change-stream.ts";
import { MongoDestination } from "../../src/mongo/destination.ts";
import { MongoSource } from "../../src/mongo/source.ts";
import { openStore } from "../../src/mongo/store/open-store.ts";
import { buildPlan } from "../../src/plan/build-plan.ts";
import type { Lease, MigrationStore } from "../../src/ports.ts";
import { surveyEnds } from "../../src/precheck/collect-facts.ts";
import { unlimitedLoad } from "./unlimited-load.ts";
import { PLAIN_LIMITS } from "./plain-limits.ts";
import { LOCAL_NETWORK, SILENT } from "./server-states.ts";

export interface CopyFixture extends AsyncDisposable {
  readonly sourceClient: MongoClient;
  readonly destinationClient: MongoClient;
  readonly source: MongoSource;
  readonly destination: MongoDestination;
  readonly store: MigrationStore;
  /** Plans anew from what both ends hold. */
  plan(migration: Migration): Promise<Plan>;
  tools(lease: Lease, plan: Plan, stop?: AbortSignal): Promise<CopyTools>;
}

export async function openCopyFixture(
  sourceUri: string,
  destinationUri: string,
): Promise<CopyFixture> {
  const sourceClient = await MongoClient.connect(sourceUri);
  const destinationClient = await MongoClient.connect(destinationUri);
  const { version } = await destinationClient.db("admin").command({ buildInfo: 1 });
  const source = new MongoSource(sourceClient, "source", () => {});
  const destination = new MongoDestination(
    destinationClient,
    "destination",
    { version, metadataDatabase: "mongoferry" },
    () => {},
  );
  const identity = { host: "test", processTable: "test", pid: process.pid };
  const store = openStore(destinationClient, "mongoferry", {
    identity,
    isProcessAlive: () => false,
  });
  const server = {
    version,
    featureCompatibilityVersion: null,
    topology: "replica-set",
    replicaSet: null,
    hosts: [],
    processId: null,
    freeDiskBytes: null,
    state: SILENT,
    network: LOCAL_NETWORK,
    account: null,
  } as const;
  const connectivity = { isPassed: true, summary: "" } as const;
  return {
    sourceClient,
    destinationClient,
    source,
    destination,
    store,
    async plan(migration) {
      const facts = await surveyEnds(
        migration,
        {
          source: { connection: "source", connectivity, server },
          destination: { connection: "destination", connectivity, server },
          sourceDatabases: await source.listDatabases(),
        },
        {
          sourceProbe: { probe: async () => ({ connection: "source", connectivity, server }) },
          destinationProbe: {
            probe: async () => ({ connection: "destination", connectivity, server }),
          },
          connectSource: async () => source,
          connectFeed: async () => new ChangeStreamFeed(sourceClient, () => {}),
          connectDestination: async () => destination,
          connectOriginStore: async () => Promise.reject(new Error("not asked for")),
          connectStore: async () => store,
        },
      );
      return buildPlan({ migration, facts, normalizedSpec: "test" });
    },
    async tools(lease, plan, stop = new AbortController().signal) {
      setMaxListeners(0, stop);
      await destination.writeUnder(lease);
      return {
        source,
        destination,
        store,
        lease,
        startFence: await source.currentClusterTime(),
        runSeq: (await store.readRun(plan.migration))?.runSeq ?? 0,
        load: unlimitedLoad(),
        bufferBytes: 96 * 1024 * 1024,
        retry: async (run) => retryOperation(run, stop, () => {}),
        stop,
        board: new ProgressBoard(plan, []),
        onSourceGone: null,
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sourceClient.close(), destinationClient.close()]);
    },
  };
}

/** A migration of whole databases, or of what `objects` says. */
export function migrationOf(
  name: string,
  objects: Migration["objects"],
  changes: Partial<Migration> = {},
): Migration {
  const connection = {
    place: "test:1:1",
    provider: "mongodb",
    address: { kind: "uri", uriEnv: "URI" },
    tls: {
      isEnabled: null,
      caFile: null,
      certificateKeyFile: null,
      allowInvalidCertificates: false,
      allowInvalidHostnames: false,
    },
    timeouts: { connectMs: 10_000, serverSelectionMs: 10_000 },
    declaredStorageBytes: null,
  } as const;
  return {
    name,
    title: name,
    place: "test:1:1",
    file: "/test.yaml",
    desiredState: "running",
    mode: "full",
    source: { name: "source", ...connection },
    destination: { name: "destination", ...connection },
    objects,
    metadataDatabase: "mongoferry",
    reverse: null,
    limits: PLAIN_LIMITS,
    journal: "auto",
    cutover: { quietMs: 0, maxLagMs: 10_000, waitMs: 60_000, blockSourceWrites: false },
    verification: { mode: "full", when: "end", sampleDocuments: 1_000, pauseMs: 3_600_000 },
    costs: { egressPerGigabyte: null, perHour: null, currency: "USD" },
    git: { stateBranch: null, commits: "git" },
    ...changes,
  };
}
