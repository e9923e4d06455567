/**
 * Looks behind the fence while the last steps of a cutover are done: nothing may change at the source any more (I6). Documents that
 * go by themselves, with time, are no writes: they go at the destination, too.
 */
import { type AppliedTarget, applyWindow, madeByOthers } from "../apply/apply-window.ts";
import { systemClock } from "../base/clock.ts";
import { settleTogether } from "../base/settle-together.ts";
import { CannotCutOver } from "../cutover/cannot-cut-over.ts";
import { followChanges } from "../feed/follow-changes.ts";
import type { ChangedCollection } from "../model/change.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { formatNamespace } from "../model/namespace.ts";
import { type ClusterTime, compareClusterTimes } from "../model/run.ts";
import type { Situation } from "../situation.ts";
import type { FollowTools } from "./follow.ts";
import { retrying } from "./retrying.ts";
import { schemaConcern } from "./schema-concern.ts";

export interface BehindFence {
  readonly checkpoint: Checkpoint;
  readonly runSeq: number;
  /** By the UUID of the source's collection. */
  readonly targets: ReadonlyMap<string, readonly AppliedTarget[]>;
}

/** Nobody counts what is written here. */
function onWritten(): void {}

/** What was looked for has been seen up to its end. */
class Seen extends Error {}

/**
 * Does the work, and returns a time of the source, later than the end of the work, up to which nobody has changed anything.
 *
 * @param work - Given the signal to obey.
 * @throws CannotCutOver where somebody has.
 */
export async function whileNothingChanges(
  { checkpoint, runSeq, targets }: BehindFence,
  situation: Situation,
  tools: FollowTools,
  work: (stop: AbortSignal) => Promise<void>,
): Promise<ClusterTime> {
  const source = await tools.ends.connectSource();
  const destination = await tools.ends.connectDestination();
  const feed = await tools.ends.connectFeed();
  const { store, lease, migration } = situation;
  const concernOf = schemaConcern(migration);
  const targetsOf = ({ uuid }: ChangedCollection): readonly AppliedTarget[] =>
    uuid === null ? [] : (targets.get(uuid) ?? []);
  let until: ClusterTime | null = null;
  const watch = async (stop: AbortSignal): Promise<void> => {
    const retry = retrying(stop, tools.logger);
    try {
      await followChanges(checkpoint.position, {
        feed,
        clock: systemClock,
        stop,
        mostChanges: () => Infinity,
        traitsOf: (collection) => ({
          isCollated: targetsOf(collection).some(({ isCollated }) => isCollated),
          isFiltered: targetsOf(collection).some(({ filter }) => filter !== null),
        }),
        applyWindow: async (window, end) => {
          const changed = madeByOthers(window, targetsOf);
          if (changed !== null) throw writtenTo(formatNamespace(changed.namespace));
          await applyWindow(window, end, {
            source,
            destination,
            load: tools.load,
            retry,
            stop,
            targetsOf,
            onWritten,
          });
        },
        applySchemaChange: async (change) => {
          if (concernOf(change) === "none") return;
          const { namespace } = change.collection;
          throw writtenTo(namespace.coll === "" ? namespace.db : formatNamespace(namespace));
        },
        storeCheckpoint: async (position) =>
          retry(async () => store.storeCheckpoint(lease, runSeq, { ...checkpoint, position })),
        onRead: () => {},
        onApplied: async (_count, { clusterTime }, isThrough) => {
          if (until === null) return;
          const order = compareClusterTimes(clusterTime, until);
          if (order > 0 || (order === 0 && isThrough)) throw new Seen();
        },
      });
    } catch (error) {
      if (!(error instanceof Seen)) throw error;
    }
  };
  await settleTogether(tools.stop, (stop) => [
    watch(stop),
    (async () => {
      await work(stop);
      until = await retrying(stop, tools.logger)(async () => source.settledClusterTime());
    })(),
  ]);
  if (until === null) throw new CannotCutOver("nobody knows what has changed behind the fence");
  return until;
}

export function writtenTo(what: string): CannotCutOver {
  return new CannotCutOver(
    `${what} was changed at the source although it had been quiet: something still writes to it`,
  );
}
