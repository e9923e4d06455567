import { setMaxListeners } from "node:events";

/**
 * Runs tasks that share a signal: the first failure aborts it, so that the others end soon. Returns or throws only when
 * all have ended, so that nothing goes on in the background; what is thrown is the first failure.
 *
 * @param outer - Aborts all tasks too.
 * @param start - Starts the tasks, given the signal that they must obey.
 */
export async function settleTogether(
  outer: AbortSignal,
  start: (stop: AbortSignal) => readonly Promise<unknown>[],
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([outer, failure.signal]);
  // Each task may listen; Node takes more than ten for a leak.
  setMaxListeners(0, stop);
  const tasks = start(stop).map(async (task) =>
    task.catch((error: unknown) => {
      failure.abort(error);
    }),
  );
  await Promise.all(tasks);
  failure.signal.throwIfAborted();
}
