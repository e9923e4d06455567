import { ID_INDEX } from "../../model/implicit-indexes.ts";
import { nestedFields } from "../../model/exact-document.ts";
import type { CollectionFacts, ServerFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import type { StorageEngineFacts } from "../../model/server-state.ts";
import {
  failed,
  type Objection,
  objectsToMake,
  type PrecheckContext,
  type Rule,
  serversOf,
  undecided,
  warning,
} from "../rule.ts";

/** Engines that keep what they are given, by name (MongoDB manual, "Storage Engines"). */
const KNOWN: ReadonlySet<string> = new Set(["wiredTiger", "inMemory"]);

export const storageEngine: Rule = {
  id: "storage-engine",
  passed: ({ facts: { source, destination } }) => {
    const [from, to] = [nameOf(source.server), nameOf(destination.server)];
    return from === to
      ? `both ends use ${from}`
      : `${from} at the source, ${to} at the destination`;
  },
  needsServers: true,
  check: (context) => [
    ...serversOf(context.facts).flatMap(({ deployment, server }) =>
      server.topology === "sharded"
        ? [askShards(deployment.connection)]
        : judgeEngine(deployment.connection, server.state.storageEngine),
    ),
    ...judgeEncryption(context),
    ...refuseForeignOptions(context),
  ],
};

function nameOf(server: ServerFacts | null): string {
  return server?.state.storageEngine?.name ?? "unknown";
}

function askShards(connection: string): Objection {
  return undecided(
    `${connection} is a router, which does not tell the storage engine of its shards`,
    "Look it up at each shard: it should be WiredTiger",
  );
}

function judgeEngine(connection: string, engine: StorageEngineFacts | null): readonly Objection[] {
  if (engine === null) {
    return [
      undecided(
        `the account may not ask ${connection} for its storage engine (serverStatus)`,
        "Look it up in the provider's console: it should be WiredTiger. Or grant the role clusterMonitor",
      ),
    ];
  }
  if (engine.isPersistent === false || engine.name === "inMemory") {
    return [
      warning(
        `${connection} keeps its data in memory only (storage engine ${engine.name}): what is there is lost when its members stop`,
        "Use servers with WiredTiger, or make sure that they keep running",
      ),
    ];
  }
  if (KNOWN.has(engine.name)) return [];
  return [
    warning(
      `${connection} uses the storage engine ${engine.name}, which nobody has tried`,
      "Try the migration with a part of the data first",
    ),
  ];
}

function judgeEncryption({
  facts: { source, destination },
}: PrecheckContext): readonly Objection[] {
  const isLost =
    source.server?.state.storageEngine?.isEncrypted === true &&
    destination.server?.state.storageEngine?.isEncrypted !== true;
  if (!isLost) return [];
  return [
    warning(
      `${source.connection} encrypts its files itself, which ${destination.connection} does not say of its own`,
      "Check that the destination's storage is encrypted, by the server or below it",
    ),
  ];
}

/** Options for an engine that the server does not have are refused when the collection, or its index, is created. */
function refuseForeignOptions({ facts, selected }: PrecheckContext): readonly Objection[] {
  const engine = facts.destination.server?.state.storageEngine?.name;
  if (engine === undefined) return [];
  return objectsToMake({ selected }).flatMap(({ source }) =>
    optionsForEngines(source)
      .map(({ owner, options }) => ({
        owner,
        foreign: [...options.keys()].filter((name) => name !== engine),
      }))
      .filter(({ foreign }) => foreign.length > 0)
      .map(({ owner, foreign }) =>
        failed(
          `${owner} has options for the storage engine ${foreign.join(", ")}; ${facts.destination.connection} uses ${engine}`,
          "Leave the collection out with `exclude`, or use a destination with that storage engine",
        ),
      ),
  );
}

interface EngineOptions {
  readonly owner: string;
  /** By the name of the engine. */
  readonly options: ReadonlyMap<string, unknown>;
}

function optionsForEngines({ namespace, options, indexes }: CollectionFacts): EngineOptions[] {
  const name = formatNamespace(namespace);
  const defaults = nestedFields(options.fields, "indexOptionDefaults");
  return [
    { owner: name, options: nestedFields(options.fields, "storageEngine") },
    { owner: `${name}, for its indexes,`, options: nestedFields(defaults, "storageEngine") },
    // The destination makes its index on _id without them.
    ...indexes
      .filter((index) => index.name !== ID_INDEX)
      .map((index) => ({
        owner: `${name}, index ${index.name},`,
        options: nestedFields(index.spec.fields, "storageEngine"),
      })),
  ];
}
