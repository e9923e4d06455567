import type { ReverseOrigin } from "../../model/facts.ts";
import { formatNamespace, isSameNamespace } from "../../model/namespace.ts";
import type { SelectedObjects } from "../../model/select-objects.ts";
import { compareClusterTimes } from "../../model/run.ts";
import { failed, type Objection, type Rule, undecided } from "../rule.ts";

/** Whether a migration that goes back can begin where the other one has ended. */
export const reverse: Rule = {
  id: "reverse",
  passed: ({ migration, facts: { origin } }) => {
    if (migration.reverse === null) return "the migration goes back behind no other";
    const since = origin?.since ?? null;
    return since === null
      ? `it goes back behind ${migration.reverse.of}`
      : `it goes back to the end of the cutover of ${migration.reverse.of}, ${new Date(since.seconds * 1_000).toISOString()}`;
  },
  needsServers: true,
  check: ({ migration, facts: { origin }, selected }) => {
    if (migration.reverse === null || origin === null || origin.isUnderWay) return [];
    const { of } = migration.reverse;
    const { phase, since, oldest, isDestinationBlocked } = origin;
    if (since === null || phase !== "Completed") {
      const state = phase === null ? "has not run" : `is ${phase}`;
      return [
        failed(
          `${of} ${state}; the way back begins where a cutover has ended`,
          `Cut ${of} over first (desiredState: cutover); to end it otherwise, stop it and migrate back with a copy`,
        ),
      ];
    }
    return [
      ...judgeHistory(oldest, since, of),
      ...judgeNames(origin, selected),
      ...judgeBlock(isDestinationBlocked, migration.destination.name),
    ];
  },
};

type Time = { readonly seconds: number; readonly increment: number };

/** The mapping turned around depends on what there was: a collection may have kept a name that another was to get. */
function judgeNames({ moved }: ReverseOrigin, { objects }: SelectedObjects): Objection[] {
  const origins = new Map(moved.map(({ source, target }) => [formatNamespace(source), target]));
  return objects.flatMap(({ source, target }) => {
    const name = formatNamespace(source.namespace);
    const from = origins.get(name);
    if (from === undefined || isSameNamespace(from, target)) return [];
    return [
      failed(
        `${name} came from ${formatNamespace(from)}, and the mapping turned around leads to ${formatNamespace(target)}`,
        "Go back with a migration of its own, which copies what is there",
      ),
    ];
  });
}

function judgeHistory(oldest: Time | null, since: Time, of: string): Objection[] {
  if (oldest === null) {
    return [
      undecided(
        `whether the source still has its changes since the cutover of ${of}`,
        "Let the account read local.oplog.rs; where they are gone, following stops at once and says so",
      ),
    ];
  }
  if (compareClusterTimes(oldest, since) <= 0) return [];
  return [
    failed(
      `the source does not keep its changes back to the cutover of ${of}: its oplog was too short for the time since`,
      "Migrate back with a migration of its own, which copies what is there",
    ),
  ];
}

function judgeBlock(isBlocked: boolean | null, destination: string): Objection[] {
  if (isBlocked !== true) return [];
  return [
    failed(
      `${destination} refuses the writes of its users, since the cutover or by somebody else`,
      "Run there in mongosh: db.adminCommand({setUserWriteBlockMode: 1, global: false})",
    ),
  ];
}
