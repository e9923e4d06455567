import { describe, expect, it } from "vitest";
import type { CollectionFacts, DeploymentFacts } from "../../src/model/facts.ts";
import { formatNamespace, type Namespace } from "../../src/model/namespace.ts";
import type { Migration } from "../../src/model/migration.ts";
import type { Phase, RunRecord } from "../../src/model/run.ts";
import type {
  ChangeFeed,
  DestinationDeployment,
  MigrationStore,
  SourceDeployment,
} from "../../src/ports.ts";
import { type Ends, probeEnds, surveyEnds } from "../../src/precheck/collect-facts.ts";
import {
  collectionFacts,
  entry,
  ownedTarget,
  reachable,
  sampleMigration,
  selection,
  unreachable,
} from "../support/sample-facts.ts";

const migration = sampleMigration([
  selection("shop", { as: "store" }),
  selection("crm_*"),
  selection("gone"),
]);
const SOURCE_DATABASES = ["admin", "crm_eu", "other", "shop"];
const owned = ownedTarget(collectionFacts("shop.orders"), "store.orders");
const { signal } = new AbortController();

interface Asked {
  readonly probed: Record<string, readonly string[]>;
  readonly listed: Record<string, readonly string[]>;
  readonly connected: string[];
  readonly filtered: string[];
  /** Of which what is left behind was asked for. */
  readonly made: string[];
}

/** Two ends that note what they are asked for. */
function endsOf(
  source: DeploymentFacts,
  destination: DeploymentFacts,
  phase: Phase = "Copying",
  records: readonly unknown[] = [owned],
): { readonly ends: Ends; readonly asked: Asked } {
  const asked: Asked = { probed: {}, listed: {}, connected: [], filtered: [], made: [] };
  const probe = (name: string, facts: DeploymentFacts) => ({
    probe: async (databases: readonly string[]) => {
      asked.probed[name] = databases;
      return facts;
    },
  });
  const deployment = (name: string, databases: readonly string[]) => ({
    listDatabases: async () => databases,
    listCollections: async (wanted: readonly string[]) => {
      asked.listed[name] = wanted;
      return wanted
        .filter((db) => databases.includes(db))
        .map((db) => collectionFacts(`${db}.orders`));
    },
    tryFilter: async (namespace: Namespace) => {
      asked.filtered.push(formatNamespace(namespace));
      return "unknown operator";
    },
    readLeftBehind: async (collections: readonly CollectionFacts[]) => {
      asked.made.push(...collections.map(({ namespace }) => formatNamespace(namespace)));
      return { users: null, roleCount: null, searchIndexes: null };
    },
  });
  const connect =
    <T>(name: string, value: unknown) =>
    async (): Promise<T> => {
      asked.connected.push(name);
      return value as T;
    };
  const store = {
    readRun: async () => ({ phase, planDigest: "plan-1", runSeq: 2 }) as RunRecord,
    listCollectionRecords: async () => records,
    listForeignTargets: async (_: string, databases: readonly string[]) =>
      databases.map((db) => ({
        migration: "other",
        target: { db, coll: "orders" },
        isEnded: false,
      })),
  };
  const ends = {
    sourceProbe: probe("source", source),
    destinationProbe: probe("destination", destination),
    connectSource: connect<SourceDeployment>("source", deployment("source", SOURCE_DATABASES)),
    connectDestination: connect<DestinationDeployment>(
      "destination",
      deployment("destination", ["store"]),
    ),
    connectFeed: connect<ChangeFeed>("source", {} as ChangeFeed),
    connectOriginStore: async () => Promise.reject(new Error("not asked for")),
    connectStore: connect<MigrationStore>("store", store),
  };
  return { ends, asked };
}

describe("probeEnds", () => {
  it("tests the source for what is named, and the destination for what would be written", async () => {
    const { ends, asked } = endsOf(reachable("a"), reachable("b"));
    const probed = await probeEnds(migration, ends, signal);
    expect(probed.sourceDatabases).toEqual(SOURCE_DATABASES);
    expect(asked.probed).toEqual({
      source: ["shop", "gone"],
      destination: ["crm_eu", "gone", "store"],
    });
  });

  it("tests the destination also when the source cannot be reached, without connecting", async () => {
    const { ends, asked } = endsOf(unreachable("a"), reachable("b"));
    const probed = await probeEnds(migration, ends, signal);
    expect(probed.sourceDatabases).toEqual([]);
    expect(asked.probed["destination"]).toEqual(["gone", "store"]);
    expect(asked.connected).toEqual([]);
  });
});

describe("surveyEnds", () => {
  it("reads the selected databases, and of the targets those that exist", async () => {
    const { ends, asked } = endsOf(reachable("a"), reachable("b"));
    const facts = await surveyEnds(migration, await probeEnds(migration, ends, signal), ends);
    expect(asked.listed).toEqual({
      source: ["crm_eu", "gone", "shop"],
      destination: ["store"],
    });
    expect(facts.sourceCollections.map((each) => each.namespace.db)).toEqual(["crm_eu", "shop"]);
    expect(facts.destinationCollections.map((each) => each.namespace.db)).toEqual(["store"]);
    expect(facts.destinationDatabases).toEqual(["store"]);
    expect(facts.ownedTargets).toEqual([owned]);
    expect(facts.foreignTargets.map(({ target }) => target.db)).toEqual([
      "crm_eu",
      "gone",
      "store",
    ]);
  });

  it("I8 asks for what is recorded also where the account is not told of its database any more", async () => {
    const records = [
      { ...ownedTarget(collectionFacts("crm_us.users"), "attic.users"), runSeq: 2 },
      { ...ownedTarget(collectionFacts("old.users"), "old.users"), runSeq: 1 },
    ];
    const { ends, asked } = endsOf(reachable("a"), reachable("b"), "Streaming", records);
    await surveyEnds(migration, await probeEnds(migration, ends, signal), ends);
    expect(asked.listed).toEqual({
      source: ["crm_eu", "crm_us", "gone", "shop"],
      destination: ["attic", "store"],
    });
  });

  it("I8 takes what an earlier run has followed to its end for nobody's to drop", async () => {
    const following = { ...migration, mode: "full-and-incremental" as const };
    const records = [
      { ...owned, isComplete: true, runSeq: 1 },
      { ...owned, isComplete: false, runSeq: 1 },
      { ...owned, isComplete: true, runSeq: 2 },
    ];
    const ownedBy = async (wanted: Migration, phase: Phase) => {
      const { ends } = endsOf(reachable("a"), reachable("b"), phase, records);
      const probed = await probeEnds(wanted, ends, signal);
      return (await surveyEnds(wanted, probed, ends)).ownedTargets;
    };
    expect(await ownedBy(following, "Streaming")).toEqual([records[1], records[2]]);
    expect(await ownedBy(following, "Stopped")).toEqual([records[1]]);
    expect(await ownedBy(migration, "Streaming")).toEqual(records);
  });

  it("tries no filter of what is kept, and asks what is left behind of the rest alone", async () => {
    const { ends, asked } = endsOf(reachable("a"), reachable("b"));
    const filter = '{"a": 1}';
    const collections = [entry("orders", { filter, onExisting: "keep" })];
    const keeping = sampleMigration([
      selection("other", { as: "store", collections }),
      selection("crm_eu", { collections: [entry("orders", { filter })] }),
    ]);
    const facts = await surveyEnds(keeping, await probeEnds(keeping, ends, signal), ends);
    expect(asked).toMatchObject({ filtered: ["crm_eu.orders"], made: ["crm_eu.orders"] });
    expect(facts.filterRefusals.map(({ source }) => source.db)).toEqual(["crm_eu"]);
  });

  it.each([
    ["Copying", "plan-1"],
    ["Paused", "plan-1"],
    ["Stalled", "plan-1"],
    ["Completed", null],
    ["Stopped", null],
  ] as const)("knows the plan of a run that is %s: %s", async (phase, digest) => {
    const { ends } = endsOf(reachable("a"), reachable("b"), phase);
    const facts = await surveyEnds(migration, await probeEnds(migration, ends, signal), ends);
    expect(facts.runDigest).toBe(digest);
  });

  it.each([
    ["source", unreachable("a"), reachable("b")],
    ["destination", reachable("a"), unreachable("b")],
  ])("connects to neither while the %s cannot be reached", async (_, source, destination) => {
    const { ends, asked } = endsOf(source, destination);
    const probed = await probeEnds(migration, ends, signal);
    asked.connected.length = 0;
    const facts = await surveyEnds(migration, probed, ends);
    expect(asked.connected).toEqual([]);
    expect(facts).toMatchObject({ sourceCollections: [], ownedTargets: [], runDigest: null });
  });
});
