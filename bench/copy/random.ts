/** A stream of random numbers that is the same on every machine, so that all runs copy the same documents. */
export interface Random {
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number;
  /** A fraction from 0 up to, but not including, 1. */
  fraction(): number;
  bytes(length: number): Buffer;
}

/** Numerical Recipes' linear congruential generator; only its upper bits, which are the good ones, are used. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  const fraction = (): number => next() / 2 ** 24;
  return {
    fraction,
    below: (limit) => Math.floor(fraction() * limit),
    bytes: (length) => Buffer.from(Array.from({ length }, () => next() >>> 16)),
  };
}
