import { UserError } from "../base/errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { formatCounted } from "../base/format-quantity.ts";
import type { Migration } from "../model/migration.ts";
import type { SurveyedObjects } from "../precheck/collect-facts.ts";
import { NEW_RUN } from "./new-run.ts";

/**
 * Refuses to go on with another deployment than the run began with: it has another history, and what it lacks would be dropped at the
 * destination.
 *
 * @param identity - Of the source as it is now.
 */
export function requireSameSource(
  { sourceIdentity }: Pick<Checkpoint, "sourceIdentity">,
  identity: string,
  { place, source }: Migration,
): void {
  if (isSameSource(sourceIdentity, identity)) return;
  throw new UserError({
    code: "another-source",
    place,
    problem: `${source.name} is ${identity} now, and this run follows ${sourceIdentity}: another deployment has another history`,
    remedy: `Point ${source.name} at the deployment that the run began with; or ${NEW_RUN}`,
  });
}

/**
 * Refuses where the source has nothing any more of what the run has copied, and nobody can say that it is the same deployment: rather
 * than that all was dropped, the connection names another one of the same replica set name.
 *
 * @param identity - Of the source as it is now.
 */
export function requireKnownSource(
  { sourceIdentity }: Pick<Checkpoint, "sourceIdentity">,
  identity: string,
  { facts, records }: SurveyedObjects,
  { runSeq, migration }: { readonly runSeq: number; readonly migration: Migration },
): void {
  if (hasId(sourceIdentity) && hasId(identity)) return;
  const copied = records.flatMap((record) =>
    record.runSeq === runSeq && record.state === "done" ? (record.sourceUuid ?? []) : [],
  );
  const present = new Set(facts.sourceCollections.map(({ uuid }) => uuid));
  if (copied.length === 0 || copied.some((uuid) => present.has(uuid))) return;
  const { place, source } = migration;
  throw new UserError({
    code: "another-source",
    place,
    problem: `${source.name} has none of the ${formatCounted(copied.length, "collection")} any more that this run has copied; it may be another deployment that is called ${identity} too`,
    remedy: `Point ${source.name} at the deployment that the run began with, and let its account run replSetGetConfig, which tells deployments apart; or, where everything was dropped on purpose, ${NEW_RUN}`,
  });
}

function hasId(identity: string): boolean {
  return identity.includes(" ");
}

/** `NAME` or `NAME ID`: the id is known only while the account may read it. */
export function isSameSource(a: string, b: string): boolean {
  const [nameA, idA] = a.split(" ");
  const [nameB, idB] = b.split(" ");
  return nameA === nameB && (idA === undefined || idB === undefined || idA === idB);
}
