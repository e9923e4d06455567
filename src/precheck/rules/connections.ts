import type { Limits } from "../../model/limits.ts";
import { failed, type Objection, type Rule, serversOf, undecided, warning } from "../rule.ts";

/** Commands that one worker has under way at most: a read ahead, a write, and storing how far it is. */
const PER_WORKER = 3;
/** Monitoring, the lease, the state of the migration, and what a command beside the run needs. */
const BESIDE_WORKERS = 10;

/** There are connections left for the workers, without taking the applications' own. */
export const connections: Rule = {
  id: "connections",
  passed: ({ migration, facts }) =>
    `up to ${neededBy(migration.limits)} connections are needed, ${serversOf(facts)
      .map(
        ({ deployment, server }) =>
          `${deployment.connection} has ${server.state.load?.connections?.available ?? "?"} free`,
      )
      .join(", ")}`,
  needsServers: true,
  check: ({ migration, facts }) => {
    const needed = neededBy(migration.limits);
    return serversOf(facts).flatMap(({ deployment, server }) =>
      judge(deployment.connection, needed, server.state.load?.connections?.available ?? null),
    );
  },
};

function neededBy({ workers, windows }: Limits): number {
  const most = Math.max(workers, ...windows.map(({ limits }) => limits.workers ?? 0));
  return most * PER_WORKER + BESIDE_WORKERS;
}

function judge(connection: string, needed: number, available: number | null): readonly Objection[] {
  if (available === null) {
    return [
      undecided(
        `${connection} does not say how many connections are free (serverStatus)`,
        `Make sure that ${needed} more are allowed: see the provider's console, or grant the role clusterMonitor`,
      ),
    ];
  }
  if (available >= 2 * needed) return [];
  const judgeLevel = available < needed ? failed : warning;
  return [
    judgeLevel(
      `${connection} has ${available} free connections; the copy takes up to ${needed}, and applications need theirs`,
      "Lower limits.workers, close idle clients, or let the server take more connections",
    ),
  ];
}
