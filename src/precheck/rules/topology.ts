import type { SelectedObject } from "../../model/select-objects.ts";
import { formatNamespace } from "../../model/namespace.ts";
import type { DeploymentFacts } from "../../model/facts.ts";
import {
  failed,
  type Objection,
  objectsToMake,
  type PrecheckContext,
  type Rule,
  warning,
} from "../rule.ts";

/**
 * Both ends keep history, and what is read through a router is exact. A router sends the read of an unsharded collection
 * to the one shard that has it, so that it is read as from a replica set. Those of a sharded one come mixed from all shards,
 * while the copy goes on from the last key it has seen.
 */
export const topology: Rule = {
  id: "topology",
  passed: "both ends are replica sets",
  needsServers: true,
  check: (context) => [
    ...judgeSource(context),
    ...missSecondary(context),
    ...judgeDestination(context.facts.destination),
  ],
};

function missSecondary({ migration, facts: { source } }: PrecheckContext): Objection[] {
  if (migration.limits.readFrom === "primary" || source.server === null) return [];
  const { topology: kind, hosts } = source.server;
  if (kind === "replica-set" && hosts.length > 1) return [];
  return [
    warning(
      `limits.readFrom is secondary, and ${source.connection} has none that clients could use: documents are read from its primary`,
      "Set limits.readFrom: primary, or connect to a replica set with a secondary that is not hidden",
    ),
  ];
}

function judgeSource(context: PrecheckContext): readonly Objection[] {
  const { source } = context.facts;
  if (source.server?.topology !== "sharded") return refuseStandalone(source);
  return [
    ...refuseFollowing(context),
    warning(
      `${source.connection} is a sharded cluster: only its unsharded collections can be migrated, and reading them through a router has not been tried`,
      "Let nothing shard, move or reshard the selected collections meanwhile (shardCollection, movePrimary, moveCollection, reshardCollection), and keep verification: full",
    ),
    ...objectsToMake(context).flatMap((object) => refuseSpread(object)),
  ];
}

function refuseFollowing({ migration, facts: { source } }: PrecheckContext): Objection[] {
  if (migration.mode === "full") return [];
  return [
    failed(
      `${source.connection} is a sharded cluster: following changes through a router has not been tried`,
      "Set mode: full, and let nothing write to the source meanwhile",
    ),
  ];
}

function refuseSpread({ source: { namespace, kind, isSharded } }: SelectedObject): Objection[] {
  const remedy = "Leave it out with `exclude`";
  const name = formatNamespace(namespace);
  if (isSharded) {
    return [failed(`${name} is sharded, which this version does not migrate`, remedy)];
  }
  if (kind !== "timeseries") return [];
  return [
    failed(
      `${name} is a time-series collection of a sharded cluster, whose buckets have not been tried through a router`,
      remedy,
    ),
  ];
}

function judgeDestination(destination: DeploymentFacts): readonly Objection[] {
  if (destination.server?.topology !== "sharded") return refuseStandalone(destination);
  return [
    failed(
      `${destination.connection} is a sharded cluster, which this version does not write to`,
      "Use a replica set; shard the collections after the migration, once it has become part of a cluster",
    ),
  ];
}

function refuseStandalone({ connection, server }: DeploymentFacts): readonly Objection[] {
  if (server?.topology !== "standalone") return [];
  return [
    failed(
      `${connection} is a standalone server, which has no history to read consistently from`,
      "Restart it as a replica set of one member (mongod --replSet NAME, then rs.initiate())",
    ),
  ];
}
