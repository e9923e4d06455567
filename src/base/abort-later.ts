/** Aborts so many milliseconds after another does, for what is to be said of an end. Keeps no process alive. */
export function abortLater(stop: AbortSignal, afterMs: number): AbortSignal {
  const later = new AbortController();
  const wait = (): void => {
    setTimeout(() => later.abort(stop.reason), afterMs).unref();
  };
  if (stop.aborted) wait();
  else stop.addEventListener("abort", wait, { once: true });
  return later.signal;
}
