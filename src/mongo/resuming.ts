import { retryOperation, type RetryNotice } from "../base/retry.ts";

/**
 * Reads over any number of lost connections, cursors and elections. The count of tries begins anew with each item that
 * arrives.
 *
 * @param open - Begins to read, behind the last item that was given.
 */
export async function* resuming<T>(
  open: () => AsyncIterable<T>,
  signal: AbortSignal,
  notice: RetryNotice,
): AsyncGenerator<T> {
  let items: AsyncIterator<T> | null = null;
  const readNext = async (): Promise<IteratorResult<T>> => {
    items ??= open()[Symbol.asyncIterator]();
    try {
      return await items.next();
    } catch (error) {
      // A generator that threw is finished; the next try needs a new one.
      items = null;
      throw error;
    }
  };
  try {
    for (;;) {
      const next = await retryOperation(readNext, signal, notice);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await (items as AsyncIterator<T> | null)?.return?.();
  }
}
