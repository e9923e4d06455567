import type { LoadFacts } from "../../model/server-state.ts";
import { type Objection, type Rule, serversOf, undecided, warning } from "../rule.ts";

/** From here on, WiredTiger lets the threads of applications evict (its `eviction_trigger` and `eviction_dirty_trigger`). */
const FULL_CACHE = 0.95;
const DIRTY_CACHE = 0.2;
/** Operations waiting for a lock; a server at ease has none for longer than a moment. */
const LONG_QUEUE = 20;

const OFF_PEAK =
  "Run the copy at an off-peak hour, or with fewer limits.workers; it takes what the servers have left";

/** Neither end is at its limits already. One look only: it says nothing of the peaks of a day. */
export const load: Rule = {
  id: "load",
  passed: "neither end is under pressure now",
  needsServers: true,
  check: ({ facts }) =>
    serversOf(facts).flatMap(({ deployment, server }) =>
      judge(deployment.connection, server.state.load),
    ),
};

function judge(connection: string, facts: LoadFacts | null): readonly Objection[] {
  if (facts === null || (facts.cache === null && facts.queuedOperations === null)) {
    return [
      undecided(
        `${connection} does not tell its load (serverStatus)`,
        "Look at the provider's metrics for an off-peak hour, or grant the role clusterMonitor",
      ),
    ];
  }
  return pressuresOf(facts).map((pressure) => warning(`${connection} ${pressure}`, OFF_PEAK));
}

function pressuresOf({ cache, queuedOperations, tickets }: LoadFacts): string[] {
  return [
    ...(cache !== null && cache.usedShare >= FULL_CACHE
      ? [
          `has ${percent(cache.usedShare)} of its cache in use, so that operations wait for eviction`,
        ]
      : []),
    ...(cache !== null && cache.dirtyShare >= DIRTY_CACHE
      ? [`has ${percent(cache.dirtyShare)} of its cache unwritten: its disk does not keep up`]
      : []),
    ...(queuedOperations !== null && queuedOperations >= LONG_QUEUE
      ? [`has ${queuedOperations} operations waiting for a lock`]
      : []),
    ...(tickets !== null && (tickets.read <= 0 || tickets.write <= 0)
      ? [`has no ticket of its storage engine left for ${tickets.write <= 0 ? "writes" : "reads"}`]
      : []),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
