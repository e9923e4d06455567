/** What a look at two deployments might have found; tests change what they are about. */
import type { ExactDocument } from "../../src/model/exact-document.ts";
import type {
  CollectionFacts,
  DeploymentFacts,
  Facts,
  IndexFacts,
  OwnedTarget,
  ServerFacts,
} from "../../src/model/facts.ts";
import type { CollectionSelection, Migration, ObjectSelection } from "../../src/model/migration.ts";
import { exact, namespace } from "../report/sample-plan.ts";
import { migrationOf } from "./copy-fixture.ts";
import { IDLE, LOCAL_NETWORK } from "./server-states.ts";

export type Entry = readonly [string, unknown];

/** An index with the fields that servers give each: `v`, `key`, `name`, then the options. */
export function indexFacts(
  name: string,
  key: readonly Entry[],
  ...options: readonly Entry[]
): IndexFacts {
  const spec = exact(["v", 2], ["key", new Map(key)], ["name", name], ...options);
  return { name, spec, isBuilding: false };
}

export const ID_INDEX = indexFacts("_id_", [["_id", 1]]);

/** A plain collection of ten documents with its index on `_id`. */
export function collectionFacts(
  name: string,
  changes: Partial<CollectionFacts> = {},
): CollectionFacts {
  return {
    namespace: namespace(name),
    kind: "collection",
    uuid: `uuid of ${name}`,
    options: exact(),
    indexes: [ID_INDEX],
    documentCount: 10,
    dataBytes: 1_000,
    indexBytes: 100,
    isSharded: false,
    ...changes,
  };
}

export function viewFacts(
  name: string,
  viewOn: string,
  pipeline: readonly unknown[] = [],
): CollectionFacts {
  return collectionFacts(name, {
    kind: "view",
    uuid: null,
    options: viewOptions(viewOn, pipeline),
    indexes: [],
    documentCount: 0,
    dataBytes: 0,
    indexBytes: 0,
  });
}

function viewOptions(viewOn: string, pipeline: readonly unknown[]): ExactDocument {
  return exact(["viewOn", viewOn], ["pipeline", pipeline]);
}

/** A record of an unfinished copy of `source`, made under the plan `plan-1`. */
export function ownedTarget(
  source: CollectionFacts,
  target: string,
  changes: Partial<OwnedTarget> = {},
): OwnedTarget {
  return {
    target: namespace(target),
    source: source.namespace,
    sourceUuid: source.uuid,
    targetUuid: source.kind === "view" ? null : `uuid of ${target}`,
    replaced: null,
    filter: null,
    isComplete: false,
    failedIndexes: [],
    planDigest: "plan-1",
    ...changes,
  };
}

export function serverFacts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    version: "6.0.5",
    featureCompatibilityVersion: "6.0",
    topology: "replica-set",
    replicaSet: "rs0",
    hosts: ["db:27017"],
    processId: null,
    freeDiskBytes: 1024 ** 4,
    state: IDLE,
    network: LOCAL_NETWORK,
    account: null,
    ...changes,
  };
}

export function reachable(connection: string, changes: Partial<ServerFacts> = {}): DeploymentFacts {
  return {
    connection,
    connectivity: { isPassed: true, summary: "primary db:27017" },
    server: serverFacts(changes),
  };
}

export function unreachable(connection: string): DeploymentFacts {
  return {
    connection,
    connectivity: {
      isPassed: false,
      step: "tcp",
      code: "port-closed",
      cause: "db:27017 refused the connection",
      remedy: "Start the server",
    },
    server: null,
  };
}

/** Two healthy deployments, `source` and `destination`, holding what is given. */
export function factsOf(
  source: readonly CollectionFacts[],
  destination: readonly CollectionFacts[] = [],
  changes: Partial<Facts> = {},
): Facts {
  return {
    source: reachable("source", { replicaSet: "source", hosts: ["source:27017"] }),
    destination: reachable("destination", {
      replicaSet: "destination",
      hosts: ["destination:27017"],
    }),
    sourceDatabases: databasesOf(source),
    destinationDatabases: databasesOf(destination),
    sourceCollections: source,
    destinationCollections: destination,
    ownedTargets: [],
    filterRefusals: [],
    foreignTargets: [],
    origin: null,
    leftBehind: { users: { count: 0, isOfDeployment: true }, roleCount: 0, searchIndexes: [] },
    runDigest: null,
    ...changes,
  };
}

function databasesOf(collections: readonly CollectionFacts[]): readonly string[] {
  return [...new Set(collections.map(({ namespace: { db } }) => db))].toSorted();
}

/** All of a database, unless changed. */
export function selection(
  database: string,
  changes: Partial<ObjectSelection> = {},
): ObjectSelection {
  const functions = changes.collections === undefined;
  return { database, as: null, collections: null, functions, exclude: [], ...changes };
}

export function entry(
  name: string,
  changes: Partial<CollectionSelection> = {},
): CollectionSelection {
  return { name, as: null, onExisting: "refuse", filter: null, ...changes };
}

/** A full migration of the selected objects, from connection `source` to connection `destination`. */
export function sampleMigration(
  objects: readonly ObjectSelection[],
  changes: Partial<Migration> = {},
): Migration {
  return migrationOf("shop-move", objects, changes);
}
