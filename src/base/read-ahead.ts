/** Asks for the next value while the one before it is being used. */

/** @param values - Is told of an early end by its `return` only once its value under way has come. */
export async function* readAhead<T>(values: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = values[Symbol.asyncIterator]();
  const ask = async (): Promise<IteratorResult<T>> => iterator.next();
  let next = ask();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = ask();
      // It may fail before anybody waits for it.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
