/** Settles as the promise does, or rejects with the signal's reason as soon as it aborts; the promise then ends unheard. */
export async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { aborted, forget } = rejectOnAbort(signal);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    forget();
  }
}

function rejectOnAbort(signal: AbortSignal): { aborted: Promise<never>; forget: () => void } {
  const listening = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true, signal: listening.signal });
  });
  return { aborted, forget: () => listening.abort() };
}
