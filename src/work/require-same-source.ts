import { UserError } from "../base/errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Migration } from "../model/migration.ts";
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

/** `NAME` or `NAME ID`: the id is known only while the account may read it. */
export function isSameSource(a: string, b: string): boolean {
  const [nameA, idA] = a.split(" ");
  const [nameB, idB] = b.split(" ");
  return nameA === nameB && (idA === undefined || idB === undefined || idA === idB);
}
